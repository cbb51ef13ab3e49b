//! `calibrate`.

use super::{json, refuses, run, text};
use std::fs;
use std::path::Path;

#[test]
fn the_toolbox_is_calibrated_and_its_page_written() {
    let folder = tempfile::tempdir().expect("temporary folder");
    let out = folder.path().join("docs");
    let words = "calibrate --toolbox --seeds 100 --tails 1000 --quiet --json --out".split(' ');
    let found = json(&words.chain([text(&out)]).collect::<Vec<_>>());
    assert!(found["right"] == true && found["tests"].as_array().expect("tests").len() >= 15, "{found}");
    let tails = found["tails"].as_array().expect("tails");
    // 1,000 verdicts: 10 are expected at 1 %, 50 have probability below 1e-15 and more than 3 at
    // 1e-6 below 1e-13.
    assert!(tails.len() >= 15 && tails.iter().all(|row| row["levels"][0]["observed"].as_u64() < Some(50)), "{tails:?}");
    assert!(tails.iter().all(|row| row["levels"][4]["observed"].as_u64() <= Some(3)), "{tails:?}");
    let page = fs::read_to_string(out.join("calibration.md")).expect("page");
    for heading in ["## Tests", "## Intervals", "## Rigidity", "## Signs", "## Tails", "edge law"] {
        assert!(page.contains(heading), "{heading}");
    }
    assert!(!page.contains("NaN") && !page.contains("**wrong**"), "{page}");
    refuses(&["calibrate", "--toolbox", "--seeds", "3"], &["--seeds"]);
    refuses(&["calibrate", "--toolbox", "--tails", "999"], &["--tails 999", "1000"]);
    refuses(&["calibrate", "T04", "--tails", "1000"], &["--toolbox"]);
    let blocked = folder.path().join("file");
    fs::write(&blocked, "x").expect("written");
    refuses(&["calibrate", "--toolbox", "--seeds", "100", "--out", text(&blocked)], &["file", "--out"]);
}

#[test]
fn tuning_seeds_say_that_they_are_no_evidence() {
    let dir = tempfile::tempdir().expect("temporary folder");
    let words = "calibrate T05 --seed 199 --seeds 2 --training-seeds 0 --quiet --out".split(' ');
    let output = run(&words.chain([text(dir.path())]).collect::<Vec<_>>());
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success() && said.contains("1 tuning seeds: not evidence of error rates"), "{said}");
    let page = fs::read_to_string(dir.path().join("calibration.md")).expect("page");
    assert!(
        page.contains("**tuning seeds: not evidence of error rates**") && page.contains("It is **not met**"),
        "{page}"
    );
}

#[test]
fn claims_are_calibrated_seed_by_seed_and_resumed() {
    let dir = tempfile::tempdir().expect("temporary folder");
    let out = dir.path().join("docs");
    let run = |seeds: &str| {
        json(&["calibrate", "T04", "--seeds", seeds, "--training-seeds", "0", "--quiet", "--json", "--out", text(&out)])
    };
    let first = run("1");
    let tried = |found: &serde_json::Value| found["claims"][0]["seeds"].as_u64();
    assert_eq!((tried(&first), first["claims"][0]["trained"].as_u64()), (Some(1), Some(0)));
    // Without training only one regime is left.
    let places = first["places"].as_array().expect("places");
    assert_eq!(places.iter().filter(|place| place["kind"] == "regime").count(), 1);
    // One seed of the block is no evidence, and says so.
    assert!(
        first["passes"] == false
            && first["tuning_seeds"] == 0
            && first["missing"][0].as_str().is_some_and(|what| what.starts_with("T04: 199 "))
    );
    assert_eq!(first["places"][0]["seed"].as_u64(), first["block"]["first"].as_u64());
    let lines = out.join("calibration-seeds.jsonl");
    let before = fs::read_to_string(&lines).expect("lines");
    // An interrupted run leaves half a line: that seed is run again, the other is not.
    fs::write(&lines, format!("{before}{}", &before[..before.len() / 2])).expect("write");
    assert_eq!(tried(&run("2")), Some(2));
    let after = fs::read_to_string(&lines).expect("lines");
    assert!(after.starts_with(&before) && after.lines().count() == 3);
    assert!(fs::read_to_string(out.join("calibration.md")).expect("page").contains("T04/delocalised"));
    let pictures =
        |of: &Path| ["csv", "svg"].map(|end| fs::read(of.join(format!("calibration.{end}"))).expect("figure"));
    let resumed = pictures(&out);
    // Seeds at once, in whatever order their lines come, are what they are one by one.
    let other = dir.path().join("at-once");
    let words = "calibrate T04 --seeds 2 --training-seeds 0 --threads 2 --quiet --json --out".split(' ');
    json(&words.chain([text(&other)]).collect::<Vec<_>>());
    let outcomes = |text: &str| {
        let mut all: Vec<serde_json::Value> = text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
        all.sort_by_key(|one| one["seed"].as_u64());
        all.iter_mut().for_each(|one| one["seconds"] = 0.into());
        all
    };
    let at_once = fs::read_to_string(other.join("calibration-seeds.jsonl")).expect("lines");
    assert_eq!((outcomes(&at_once), at_once.lines().count()), (outcomes(&after), 2));
    assert!(pictures(&other) == resumed, "table and picture of a resumed run are those of a whole one");
    // Another program that gives the same goes on with them; one that does not starts anew, and
    // loses nothing.
    let program = after.split_once("\"program\":\"").expect("a program").1[..12].to_string();
    fs::write(&lines, after.replace(&program, "0123456789ab")).expect("write");
    assert_eq!(run("3")["claims"][0]["program"].as_str(), Some("0123456789ab"));
    let went_on = fs::read_to_string(&lines).expect("lines");
    assert_eq!(went_on.lines().count(), 4); // three seeds and the half line
    let seen = &went_on.split_once("\"seen\":\"").expect("what was seen").1[..12];
    fs::write(&lines, went_on.replacen(seen, "0123456789ab", 1)).expect("write");
    let anew = run("1");
    assert_eq!((anew["claims"][0]["program"].as_str(), tried(&anew)), (Some(&*program), Some(1)));
    assert_eq!(fs::read_to_string(&lines).expect("lines").lines().count(), 5);
    let old = after.replacen("\"claim\":", "\"made_by\":", 1);
    fs::write(&lines, old).expect("write");
    refuses(&["calibrate", "T04", "--out", text(&out)], &["calibration-seeds.jsonl, line 1", "--out"]);
    fs::write(&lines, &after).expect("write");
    // Another set of claims neither uses nor loses them.
    json(&["calibrate", "T05", "--seeds", "1", "--training-seeds", "0", "--quiet", "--json", "--out", text(&out)]);
    assert!(fs::read_to_string(&lines).expect("lines").starts_with(&after));
    refuses(&["calibrate", "T99"], &["T99"]);
    let empty = tempfile::tempdir().expect("folder");
    refuses(&["calibrate", "--seeds", "0", "--out", text(empty.path())], &["no outcomes", "--seeds"]);
    refuses(&["calibrate", "--seed", "18446744073709551615", "--out", text(empty.path())], &["--seed", "2^64"]);
    assert_eq!(std::fs::read_dir(empty.path()).expect("folder").count(), 0);
    let lines = std::fs::File::create(empty.path().join("calibration-seeds.jsonl")).expect("writable");
    lines.lock().expect("free");
    refuses(&["calibrate", "--out", text(empty.path())], &["calibration-seeds.jsonl", "another calibrate"]);
    lines.unlock().expect("locked");
    let untrained = ["calibrate", "T08", "--seeds", "1", "--training-seeds", "0", "--out", text(empty.path())];
    refuses(&untrained, &["--training-seeds"]);
    let from = ["train", "--from", "elsewhere", "--out", text(empty.path()), "--hidden"];
    refuses(&[&from[..], &["5,6"]].concat(), &["one --hidden"]);
    refuses(&[&from[..], &["5", "--replicas", "2"]].concat(), &["--replica"]);
    let own = empty.path().join("hidden00005-replica00");
    std::fs::create_dir(&own).expect("writable");
    refuses(
        &["train", "--from", text(&own), "--hidden", "5", "--out", text(empty.path())],
        &["--from", "another folder"],
    );
    refuses(&["calibrate", "T04", "--toolbox"], &["--toolbox"]);
    refuses(&["calibrate", "--seeds", "1000001", "--out", text(empty.path())], &["--seeds 1000001", "1000000"]);
}
