//! `verify`, `figures`, `list`, `explain`.

use super::machine::{plain, rows};
use super::{json, refuses, run, small_set, text};
use serde_json::Value;
use std::fs;

#[test]
fn list_names_every_claim_and_regime() {
    let list = json(&["list", "--json"]);
    let ids: Vec<&str> = list["claims"].as_array().expect("claims").iter().filter_map(|c| c["id"].as_str()).collect();
    assert_eq!(ids, rbm_landscape::theorems::CATALOGUE.iter().map(|e| e.theorem.statement().id).collect::<Vec<_>>());
    let plain = String::from_utf8(run(&["list"]).stdout).expect("text");
    assert!(ids.iter().all(|id| plain.contains(id)) && plain.contains("expected: holds"));
}

#[test]
fn explain_shows_the_page_and_the_derivation_step_by_step() {
    let shown = String::from_utf8(run(&["explain", "t02"]).stdout).expect("text");
    assert!(shown.contains("Marchenko-Pastur") && shown.contains("✓ E tr S²") && !shown.contains('✗'));
    // The expression as it was put and what it is, and no "4 = 4".
    assert!(shown.contains("E tr WᵀW (sum over the pairings of 2 factors) = M·N·s²"), "{shown}");
    let object = json(&["explain", "T01", "--json"]);
    let steps = object["derivations"][0]["steps"].as_array().expect("steps");
    assert!(steps.len() > 3);
    for step in steps {
        let [before, after, line] = ["before", "after", "shown"].map(|key| step[key].as_str().expect("text"));
        assert!(before != after && line == format!("{before} = {after}"), "{step}");
    }
}

#[test]
fn verify_writes_the_report_and_says_the_same_for_every_number_of_threads() {
    let folder = tempfile::tempdir().expect("folder");
    let verify = |threads: &str| {
        let out = folder.path().join(threads);
        let mut run = json(&["verify", "T02", "--json", "--quiet", "--threads", threads, "--out", text(&out)]);
        for name in ["index.html", "report.md", "report.json", "figures/T02_density.svg", "figures/T02_density.csv"] {
            assert!(fs::metadata(out.join(name)).is_ok_and(|file| file.len() > 500), "{name}");
        }
        for claim in run["claims"].as_array_mut().expect("claims") {
            for key in ["id", "title", "regime", "expected", "figures"] {
                assert!(!claim[key].is_null(), "{key}");
            }
            assert_eq!(claim["verdict"], claim["expected"]);
            assert_eq!(claim["derivation"]["holds"], true);
            for key in ["name", "kind", "observed", "predicted", "judge", "bound", "pass"] {
                assert!(!claim["checks"][0][key].is_null(), "{key}");
            }
            assert!(claim["checks"][0].get("p_value").is_some());
            if claim["expected"] == "holds" {
                assert_eq!(claim["falsifiers"][0]["refuted"], true);
            }
            claim["seconds"] = Value::Null; // the only thing that may differ
        }
        assert_eq!((&run["seed"], &run["scale"]), (&Value::from(0), &Value::from("quick")));
        assert!(run["elapsed_s"].is_f64() && run["version"].is_string() && run["threads"].is_u64());
        run["claims"].take()
    };
    assert_eq!(verify("1"), verify("2"));
}

#[test]
fn figures_writes_pictures_with_their_data_where_it_is_told() {
    let folder = tempfile::tempdir().expect("folder");
    let object = json(&["figures", "T05", "--json", "--quiet", "--out", text(folder.path())]);
    let written = object["figures"].as_array().expect("figures");
    assert!(written.len() >= 2);
    for path in written {
        assert!(fs::metadata(path.as_str().expect("a path")).is_ok_and(|file| file.len() > 500));
    }
}

#[test]
fn figures_take_the_machines_that_train_made() {
    let folder = tempfile::tempdir().expect("folder");
    let path = |name: &str| folder.path().join(name);
    let train = |out: &str, more: &str| {
        let out = path(out);
        let words = format!("train --hidden 32 --lr 0.001 --quiet --json {more}");
        json(&words.split(' ').chain(["--out", text(&out)]).collect::<Vec<_>>());
    };
    train("first", "--epochs 2 --replica 0");
    train("second", "--epochs 2 --replica 1");
    let draw = |runs: &[&str], out: &str| {
        let (dirs, out) = (runs.iter().map(|name| path(name)).collect::<Vec<_>>(), path(out));
        let mut args = vec!["figures", "T04", "--quiet", "--json", "--out", text(&out)];
        dirs.iter().for_each(|dir| args.extend(["--runs", text(dir)]));
        let output = run(&args);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{said}");
        (fs::read_to_string(out.join("T04_gaussian.csv")).expect("table"), said)
    };
    let panel = |csv: &str, title: &str| -> Vec<String> {
        csv.lines().filter(|line| line.starts_with(title)).map(String::from).collect()
    };
    let trained = "mode 1 of a trained machine";
    let committed =
        fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/figures/T04_gaussian.csv")).expect("table");
    let (both, said) = draw(&["first", "second"], "both");
    // Three sizes of three replicas each are asked for.
    assert_eq!(said.lines().filter(|line| line.contains("left out")).count(), 7, "{said}");
    assert!(said.contains("hidden00032-replica02") && !said.contains("hidden00032-replica01"), "{said}");
    assert!(panel(&both, trained).len() > 50);
    // The same specification, seed and replica: the very machine that the claims train.
    assert_eq!(panel(&both, trained), panel(&committed, trained));
    assert_eq!(panel(&both, "distance").len(), panel(&committed, "distance").len());
    // T04 looks at the first replica only.
    let (absent, said) = draw(&["second"], "absent");
    assert!(said.contains("hidden00032-replica00") && panel(&absent, trained).is_empty(), "{said}");

    let refused = |runs: &[&str], words: &[&str]| {
        let dirs: Vec<_> = runs.iter().map(|name| path(name)).collect();
        let mut args = vec!["figures", "T04", "--quiet"];
        dirs.iter().for_each(|dir| args.extend(["--runs", text(dir)]));
        refuses(&args, &[words, &["--runs"]].concat());
    };
    refused(&["missing"], &["missing"]);
    refused(&["both"], &["both", "no run of M"]);
    refused(&["first", "first"], &["same replica"]);
    train("short", "--epochs 1 --replica 0");
    refused(&["short"], &["short", "other arguments"]);
    let full = path("first");
    refuses(&["figures", "T04", "--scale", "full", "--runs", text(&full)], &["no run of M", "--preset full"]);
    let run = path("first").join("hidden00032-replica00");
    let state = run.join("state-000001.safetensors");
    fs::write(&state, &fs::read(&state).expect("state")[..1000]).expect("write");
    refused(&["first"], &["state-000001", "checksum"]);
    fs::write(run.join("checkpoint.json"), "{\"model\": \"of another tool\"}").expect("write");
    refused(&["first"], &["checkpoint.json", "damaged"]);
}

#[test]
fn every_command_has_help() {
    for args in [&["--help"][..], &["verify", "--help"], &["train", "--help"], &["data", "pack", "--help"]] {
        let output = run(args);
        assert!(output.status.success() && String::from_utf8_lossy(&output.stdout).contains("Usage"));
    }
}

#[test]
fn list_prints_the_catalogue() {
    let found = json(&["list", "--json"]);
    let shown = plain(&["list"]);
    let mut lines = shown.lines();
    let ids = rbm_landscape::theorems::CATALOGUE.iter().flat_map(|entry| entry.theorem.statement().regimes);
    let longest = ids.map(|regime| regime.id.len()).max().expect("regimes");
    for (claim, entry) in found["claims"].as_array().expect("claims").iter().zip(rbm_landscape::theorems::CATALOGUE) {
        let statement = entry.theorem.statement();
        assert_eq!((claim["id"].as_str(), claim["title"].as_str()), (Some(statement.id), Some(statement.title)));
        assert_eq!(lines.next(), Some(&*format!("{}  {}", statement.id, statement.title)));
        let regimes = claim["regimes"].as_array().expect("regimes");
        assert_eq!(regimes.len(), statement.regimes.len());
        for (shown, regime) in regimes.iter().zip(statement.regimes) {
            let expected = regime.expected.to_string();
            assert_eq!((shown["regime"].as_str(), shown["expected"].as_str()), (Some(regime.id), Some(&*expected)));
            let line = lines.next().expect("a line per regime");
            assert!(line.contains(regime.id) && line.contains(regime.title), "{line}");
            assert!(line.ends_with(&format!("(expected: {expected})")), "{line}");
            // Aligned behind the longest name.
            assert_eq!(line.find(regime.title), Some(5 + longest + 2), "{line}");
        }
    }
    assert_eq!(lines.next(), None);
    // As wide as asked for, without a word lost.
    let narrow = super::program().arg("list").env("COLUMNS", "60").output().expect("runs");
    let narrow = String::from_utf8(narrow.stdout).expect("text");
    assert!(narrow.lines().all(|line| line.chars().count() <= 60), "{narrow}");
    assert!(narrow.split_whitespace().eq(shown.split_whitespace()), "{narrow}");
}

#[test]
fn verify_prints_numbers_that_follow_from_each_other_and_from_the_claim() {
    use rbm_landscape::lab::{Lab, Plan, Scale};
    let folder = tempfile::tempdir().expect("folder");
    let out = folder.path().join("report");
    let found = json(&["verify", "T05", "--json", "--quiet", "--seed", "3", "--out", text(&out)]);
    let claims = found["claims"].as_array().expect("claims");
    // The same claim, run here.
    let data = std::sync::Arc::new(rbm_landscape::data::Dataset::mnist().expect("embedded"));
    let lab = Lab::new(Plan::new(Scale::Quick), 3, data, Box::new(|_| {}));
    let entry = rbm_landscape::theorems::CATALOGUE.iter().find(|entry| entry.theorem.statement().id == "T05");
    let dossier = rbm_landscape::runner::check(entry.expect("T05").theorem, &lab);
    assert_eq!(claims.len(), dossier.regimes.len());
    for (claim, regime) in claims.iter().zip(&dossier.regimes) {
        assert_eq!((claim["id"].as_str(), claim["regime"].as_str()), (Some("T05"), Some(regime.regime.id)));
        assert_eq!(claim["verdict"].as_str(), Some(&*regime.verdict.to_string()));
        let (checks, measured) = (claim["checks"].as_array().expect("checks"), &regime.evidence.measurements);
        assert_eq!(checks.len(), measured.len());
        for (check, measurement) in checks.iter().zip(measured) {
            let number = |key: &str| check[key].as_f64();
            assert_eq!(check["name"].as_str(), Some(&*measurement.name));
            // To the bit, whatever the number of threads.
            let same = |shown: Option<f64>, value: f64| shown == Some(value).filter(|value| value.is_finite());
            assert!(same(number("observed"), measurement.observed), "{check}: {}", measurement.observed);
            assert!(same(number("predicted"), measurement.predicted), "{check}: {}", measurement.predicted);
            assert_eq!(check["pass"], check["outcome"] == "pass");
            // The criterion says what decides, and its numbers decide.
            let criterion = &check["judge"];
            let of = |key: &str| criterion[key].as_f64().unwrap_or_else(|| panic!("{key} of {criterion}"));
            let side = |key: &str| {
                let limit = |end: &str| criterion[key][end].as_f64().unwrap_or_else(|| panic!("{end} of {criterion}"));
                (limit("low"), limit("high"))
            };
            let difference = (measurement.observed - measurement.predicted).abs();
            let (bound, outcome) = match criterion["kind"].as_str().expect("kind") {
                "rounding" => {
                    let bound = of("factor") * f64::EPSILON * of("n").sqrt() * of("scale");
                    (bound, if difference <= bound { "pass" } else { "fail" })
                }
                "truncation" => {
                    let pass = difference <= of("bound") && of("measured_order") > of("order") - 0.5;
                    (of("bound"), if pass { "pass" } else { "fail" })
                }
                "statistical" => {
                    assert_eq!(number("p_value"), criterion["p_value"].as_f64());
                    (of("alpha"), if of("p_value") >= of("alpha") { "pass" } else { "fail" })
                }
                "equivalence" => {
                    let ((low, high), bound) = (side("discrepancy"), of("bound"));
                    (
                        bound,
                        if high < bound {
                            "pass"
                        } else if low > bound {
                            "fail"
                        } else {
                            "undecided"
                        },
                    )
                }
                "effect" => {
                    let ((low, high), least) = (side("effect"), of("at_least"));
                    (
                        least,
                        if low > least {
                            "pass"
                        } else if high < least {
                            "fail"
                        } else {
                            "undecided"
                        },
                    )
                }
                other => panic!("a judge that this test does not know: {other}"),
            };
            assert_eq!(check["kind"], criterion["kind"]);
            assert!((number("bound").expect("bound") - bound).abs() <= 1e-15 * bound.abs(), "{check}");
            assert_eq!(check["outcome"].as_str(), Some(outcome), "{check}");
        }
    }
    // As wide as the terminal, if there is one.
    let narrow = ["verify", "T05", "--quiet", "--seed", "3", "--out", text(&out)];
    let narrow = super::program().args(narrow).env("COLUMNS", "80").output().expect("runs");
    let narrow = String::from_utf8(narrow.stdout).expect("text");
    assert!(narrow.lines().take_while(|line| !line.starts_with("every")).all(|line| line.chars().count() <= 80));
    // The table counts what the JSON holds.
    let table = rows(&plain(&["verify", "T05", "--quiet", "--seed", "3", "--out", text(&out)]));
    assert_eq!(table.len(), claims.len() + 1);
    for (row, claim) in table[1..].iter().zip(claims) {
        let share = |list: &str, key: &str| {
            let all = claim[list].as_array().expect(list);
            format!("{} of {}", all.iter().filter(|one| one[key] == true).count(), all.len())
        };
        // Of falsifiers and controls that there are none of, a dash.
        let trials =
            |list: &str, key: &str| Some(share(list, key)).filter(|share| share != "0 of 0").unwrap_or("–".into());
        let cell = |title: &str| {
            let at =
                table[0].iter().position(|cell| cell == title).unwrap_or_else(|| panic!("{title}: {:?}", table[0]));
            row[at].as_str()
        };
        assert_eq!(Some(cell("regime")), claim["regime"].as_str());
        assert_eq!(Some(cell("verdict")), claim["verdict"].as_str());
        assert_eq!(Some(cell("expected")), claim["expected"].as_str());
        let checks = claim["checks"].as_array().expect("checks");
        let right = |check: &&Value| {
            let apart = check["observed"].as_f64().zip(check["predicted"].as_f64()).map_or(f64::NAN, |(o, p)| o - p);
            let side = match check["expected_side"].as_str() {
                Some("above") => apart > 0.0,
                Some("below") => apart < 0.0,
                _ => true,
            };
            check["outcome"] == check["expected"] && side
        };
        let right = checks.iter().filter(right).count();
        assert_eq!(cell("checks as expected"), format!("{right} of {}", checks.len()));
        assert_eq!(cell("falsifiers refuted"), trials("falsifiers", "refuted"));
        assert_eq!(cell("controls held"), trials("controls", "held"));
    }
}

#[test]
fn figures_exits_as_verify_does_and_names_what_is_not_as_expected() {
    // A set of 60 images of 4 x 5 pixels is far from what the claims on trained machines are about.
    let folder = tempfile::tempdir().expect("folder");
    small_set(folder.path());
    let out = folder.path().join("out");
    let words = ["T03", "--json", "--quiet", "--data", text(folder.path()), "--out", text(&out)];
    let [verify, figures] = ["verify", "figures"].map(|command| run(&[&[command][..], &words].concat()));
    let found: Value = serde_json::from_slice(&verify.stdout).expect("one object");
    let drawn: Value = serde_json::from_slice(&figures.stdout).expect("one object");
    let said = String::from_utf8_lossy(&figures.stderr).into_owned();
    let claims = found["claims"].as_array().expect("claims");
    let odd: Vec<&Value> = claims.iter().filter(|claim| claim["as_expected"] != true).collect();
    assert_eq!(figures.status.code(), verify.status.code(), "{said}");
    assert_eq!(drawn["as_expected"], odd.is_empty());
    assert_eq!(figures.status.code(), Some(if odd.is_empty() { 0 } else { 1 }), "{said}");
    assert_eq!(said.lines().count(), odd.len(), "{said}");
    for claim in odd {
        let line =
            format!("T03 {}: {}", claim["regime"].as_str().expect("id"), claim["verdict"].as_str().expect("one"));
        assert!(said.contains(&line), "{line}: {said}");
    }
}
