//! Who may import whom: the arrows of the architecture, tested against the sources.

use std::path::{Path, PathBuf};

/// Module, and the modules of ours that it may use: each stands below those that it names.
/// Everything else is an arrow the wrong way round.
const MAY_USE: [(&str, &[&str]); 27] = [
    ("memory", &[]),
    ("file", &[]),
    ("math", &[]),
    ("linalg", &[]),
    ("symbolic", &[]),
    ("oracle", &[]),
    ("exact", &[]),
    ("bits", &["memory"]),
    ("figure", &["file", "math"]),
    ("stat", &["math"]),
    ("rbm", &["bits", "file", "linalg", "math", "memory", "stat"]),
    ("arrays", &["bits", "memory"]),
    ("data", &["arrays", "bits", "file"]),
    ("machine_file", &["arrays", "bits", "file", "rbm"]),
    ("spectra", &["linalg", "math", "stat", "symbolic"]),
    ("evidence", &["math", "stat"]),
    ("claim", &["evidence"]),
    ("lab", &["bits", "claim", "data", "linalg", "rbm"]),
    ("dossier", &["claim", "evidence", "symbolic"]),
    ("theorem", &["claim", "dossier", "evidence", "figure", "lab", "symbolic"]),
    ("runner", &["claim", "dossier", "evidence", "lab", "symbolic", "theorem"]),
    ("resume", &["claim", "evidence", "file"]),
    ("report", &["claim", "dossier", "evidence", "figure", "file", "lab", "math", "stat", "symbolic"]),
    (
        "theorems",
        &[
            "bits", "claim", "dossier", "evidence", "exact", "figure", "lab", "linalg", "math", "oracle", "rbm",
            "spectra", "stat", "symbolic", "theorem",
        ],
    ),
    (
        "calibration",
        &[
            "claim", "data", "dossier", "evidence", "figure", "file", "lab", "linalg", "math", "runner", "spectra",
            "stat", "theorem",
        ],
    ),
    ("inspect", &["bits", "claim", "figure", "file", "lab", "linalg", "math", "rbm", "spectra", "stat", "theorems"]),
    (
        "cli",
        &[
            "arrays",
            "bits",
            "calibration",
            "claim",
            "data",
            "dossier",
            "figure",
            "file",
            "inspect",
            "lab",
            "linalg",
            "machine_file",
            "math",
            "memory",
            "rbm",
            "report",
            "resume",
            "runner",
            "symbolic",
            "theorem",
            "theorems",
        ],
    ),
];

/// Where the tests of a source begin, unless they are a file of their own.
const TESTS: &str = "#[cfg(test)]\nmod tests {";

/// A file, or the files of a folder without those of tests.
fn sources(path: &Path) -> Vec<PathBuf> {
    if path.is_file() {
        return vec![path.to_path_buf()];
    }
    let is_test = |file: &PathBuf| {
        file.ends_with("tests.rs")
            || file.strip_prefix(path).is_ok_and(|below| below.iter().any(|part| part == "tests"))
    };
    all_sources(path).into_iter().filter(|file| !is_test(file)).collect()
}

/// Files of a folder and of the folders in it.
fn all_sources(path: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    entries
        .map(|entry| entry.expect("readable entry").path())
        .flat_map(|path| if path.is_dir() { all_sources(&path) } else { vec![path] })
        .filter(|path| path.extension().is_some_and(|ending| ending == "rs"))
        .collect()
}

fn files_of(module: &str) -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    if module == "theorems" {
        return sources(&root.join("theorems"));
    }
    let (file, folder) = (root.join("src").join(format!("{module}.rs")), root.join("src").join(module));
    [file, folder].iter().filter(|path| path.exists()).flat_map(|path| sources(path)).collect()
}

/// Modules of ours that a source names after `crate::` or `rbm_landscape::`, tests and comments
/// left out.
fn imports(text: &str) -> Vec<String> {
    let code: String = text
        .split(TESTS)
        .next()
        .unwrap_or("")
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect::<Vec<_>>()
        .join(" ");
    let mut found = Vec::new();
    for prefix in ["crate::", "rbm_landscape::"] {
        for (at, _) in code.match_indices(prefix) {
            let rest = &code[at + prefix.len()..];
            let list = match rest.strip_prefix('{') {
                Some(group) => top_level(group),
                None => vec![rest],
            };
            found.extend(
                list.iter().map(|item| {
                    item.trim().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>()
                }),
            );
        }
    }
    found.retain(|name| !name.is_empty());
    found
}

/// Items of a braced import group, split at commas outside inner braces.
fn top_level(group: &str) -> Vec<&str> {
    let (mut depth, mut start, mut items) = (0, 0, Vec::new());
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => {
                items.push(&group[start..at]);
                return items;
            }
            '}' => depth -= 1,
            ',' if depth == 0 => {
                items.push(&group[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    items
}

#[test]
fn no_arrow_is_reversed() {
    for (module, allowed) in MAY_USE {
        for file in files_of(module) {
            let text = std::fs::read_to_string(&file).expect("readable source");
            for name in imports(&text) {
                let inside = name == module || (module == "theorems" && name == "CATALOGUE");
                assert!(
                    inside || allowed.contains(&name.as_str()),
                    "{} uses crate::{name}, which {module} may not",
                    file.display()
                );
            }
        }
    }
}

#[test]
fn every_module_has_its_row_and_none_is_below_itself() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let library = std::fs::read_to_string(root.join("src/lib.rs")).expect("readable source");
    let mut modules: Vec<&str> = library
        .lines()
        .filter_map(|line| line.trim_start_matches("pub ").strip_prefix("mod ")?.strip_suffix(';'))
        .collect();
    let mut rows: Vec<&str> = MAY_USE.iter().map(|(module, _)| *module).collect();
    // Every row names only rows above it, so that the arrows make no circle.
    for (at, (module, below)) in MAY_USE.iter().enumerate() {
        assert!(below.iter().all(|one| rows[..at].contains(one)), "{module} stands above one of {below:?}");
    }
    modules.sort_unstable();
    rows.sort_unstable();
    assert_eq!(rows, modules);
}

#[test]
fn every_arrow_is_used() {
    for (module, allowed) in MAY_USE {
        let texts = files_of(module).into_iter().map(|file| std::fs::read_to_string(file).expect("readable source"));
        let used: Vec<String> = texts.flat_map(|text| imports(&text)).collect();
        let idle: Vec<_> = allowed.iter().filter(|name| !used.iter().any(|used| used == *name)).collect();
        assert!(idle.is_empty(), "{module} does not use {idle:?}");
    }
}

#[test]
fn claims_know_nothing_of_each_other() {
    let folders = Path::new(env!("CARGO_MANIFEST_DIR")).join("theorems");
    let entries =
        std::fs::read_dir(folders).expect("theorems/ exists").map(|entry| entry.expect("readable entry").path());
    let claims: Vec<PathBuf> = entries.filter(|path| path.is_dir()).collect();
    assert!(claims.len() >= 9);
    let name = |path: &Path| path.file_name().expect("a folder").to_string_lossy().into_owned();
    for claim in &claims {
        for file in sources(claim) {
            let text = std::fs::read_to_string(&file).expect("readable source");
            let others = claims.iter().filter(|other| *other != claim).map(|other| name(other));
            for other in others.chain(["theorems::".into(), "CATALOGUE".into()]) {
                assert!(!text.contains(&other), "{} names {other}", file.display());
            }
        }
    }
}

#[test]
fn no_file_is_longer_than_600_lines() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for folder in ["src", "theorems", "tests", "benches", "tools", "templates"] {
        for file in all_sources(&root.join(folder)) {
            let lines = std::fs::read_to_string(&file).expect("readable source").lines().count();
            assert!(lines <= 600, "{}: {lines} lines", file.display());
        }
    }
}

#[test]
fn comments_fit_in_100_columns() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for folder in ["src", "theorems", "tests", "benches", "tools", "templates"] {
        for file in all_sources(&root.join(folder)) {
            let text = std::fs::read_to_string(&file).expect("readable source");
            let mut example = false;
            for (at, line) in text.lines().enumerate() {
                let Some(comment) = line.trim_start().strip_prefix("//") else { continue };
                let fence = comment.trim_start_matches(['/', '!']).trim_start().starts_with("```");
                example ^= fence;
                let fits = example || line.chars().count() <= 100;
                assert!(fits, "{}:{}: {line}", file.display(), at + 1);
            }
        }
    }
}

#[test]
fn only_figure_knows_the_plotting_library_and_only_cli_prints() {
    let all = sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
    let claims = files_of("theorems");
    for file in all.iter().chain(&claims) {
        let text = std::fs::read_to_string(file).expect("readable source");
        let code: Vec<&str> = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
        if !file.components().any(|part| part.as_os_str() == "figure") {
            assert!(!code.iter().any(|line| line.contains("plotters::")), "{}", file.display());
        }
        if !file.components().any(|part| part.as_os_str() == "cli") {
            assert!(
                !code.iter().any(|line| line.contains("println!") || line.contains("eprint!")),
                "{}",
                file.display()
            );
        }
    }
}

#[test]
fn only_linalg_calls_faers_decompositions_and_products() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let rest = ["src", "theorems", "benches"].into_iter().flat_map(|folder| all_sources(&root.join(folder)));
    let mut seen = 0;
    let is_linalg = |file: &Path| file.ends_with("src/linalg.rs") || file.ends_with("src/linalg/band.rs");
    for file in rest.filter(|file| !is_linalg(file)) {
        let text = std::fs::read_to_string(&file).expect("readable source");
        let code: Vec<&str> = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
        for line in &code {
            // The types of matrices, and nothing else; tests included.
            for (at, _) in line.match_indices("faer::") {
                let rest = &line[at + "faer::".len()..];
                let names =
                    rest.strip_prefix('{').and_then(|rest| rest.split_once('}')).map_or(rest, |(names, _)| names);
                let word = |name: &str| name.trim().chars().take_while(|c| c.is_alphanumeric()).collect::<String>();
                let names: Vec<String> = match rest.starts_with('{') {
                    true => names.split(',').map(word).collect(),
                    false => vec![word(rest)],
                };
                assert!(names.iter().all(|name| name == "Mat" || name == "MatRef"), "{}: {line}", file.display());
                seen += 1;
            }
        }
        // Methods of faer's matrices that no type of ours has.
        let methods =
            ["partial_piv_lu", "full_piv_lu", "col_piv_qr", "qr", "llt", "ldlt", "lblt", "svd", "self_adjoint_eigen"];
        for method in methods {
            assert!(!text.contains(&format!(".{method}(")), "{} calls .{method}()", file.display());
        }
    }
    assert!(seen > 10);
}

#[test]
fn the_symbolic_engine_computes_without_floating_point() {
    for file in files_of("symbolic") {
        let text = std::fs::read_to_string(&file).expect("readable source");
        let code = text.split(TESTS).next().unwrap_or("");
        let floats: Vec<&str> =
            code.lines().filter(|line| !line.trim_start().starts_with("//") && line.contains("f64")).collect();
        // One way out: the hand-over of a finished coefficient to numeric code.
        assert!(floats.iter().all(|line| line.contains("f64")) && floats.len() <= 12, "{}: {floats:?}", file.display());
        if !file.ends_with("poly.rs") && !file.ends_with("ratio.rs") {
            assert!(floats.is_empty(), "{}: {floats:?}", file.display());
        }
    }
}

#[test]
fn imports_are_read_from_plain_and_grouped_lines() {
    let text = "use crate::bits::States;\nuse crate::{oracle, stat::{a, b}, rbm::Rbm};\n// crate::lab\nfn f() { crate::claim::g() }";
    let mut found = imports(text);
    found.sort();
    assert_eq!(found, ["bits", "claim", "oracle", "rbm", "stat"]);
}

/// Where `f64::max` or `f64::min` is named as a function, comments left out: (line number, line).
fn maxima_by_name(text: &str) -> Vec<(usize, &str)> {
    let named = |line: &str| {
        ["f64::max", "f64::min", "f32::max", "f32::min"].iter().any(|name| {
            line.match_indices(name)
                .any(|(at, _)| !line[at + name.len()..].starts_with(|next: char| next.is_alphanumeric() || next == '_'))
        })
    };
    let code = text.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//"));
    code.filter(|(_, line)| named(line)).map(|(at, line)| (at + 1, line.trim())).collect()
}

#[test]
fn no_fold_drops_what_is_not_a_number() {
    let text = "a.fold(0.0, f64::max)\n// f64::max\nf64::maximum(a)\nb.reduce(f64::min)\nf64::MAX\nf64::max(a, b)";
    assert_eq!(maxima_by_name(text).iter().map(|found| found.0).collect::<Vec<_>>(), [1, 4, 6]);
    for file in all_sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src")) {
        let text = std::fs::read_to_string(&file).expect("readable source");
        let found = maxima_by_name(&text);
        assert!(found.is_empty(), "{}: {found:?}: use math::larger, smaller or largest", file.display());
    }
}

/// Public items of the toolbox that nothing outside its calibration uses, with the reason; what
/// only they use stays with them.
const UNUSED: [(&str, &str); 0] = [];

/// One item of the toolbox: its file's module, its name, whether it is public, and its text.
struct Item {
    module: String,
    name: String,
    public: bool,
    text: String,
}

/// Items of a source without indentation: functions, types with what is implemented for them,
/// constants.
fn items(module: &str, code: &str) -> Vec<Item> {
    let mut all: Vec<Item> = Vec::new();
    for line in code.lines() {
        let public = line.starts_with("pub");
        let head = line.trim_start_matches("pub(crate) ").trim_start_matches("pub(super) ").trim_start_matches("pub ");
        let kinds = ["fn ", "const fn ", "struct ", "enum ", "impl", "static ", "const ", "type ", "trait "];
        match kinds.iter().find_map(|kind| head.strip_prefix(kind).map(|rest| (kind, rest))) {
            Some((kind, rest)) if !line.starts_with(' ') => {
                let rest = if *kind == "impl" { rest.rsplit_once(" for ").map_or(rest, |(_, of)| of) } else { rest };
                let rest = if rest.starts_with('<') { rest.split_once("> ").map_or(rest, |(_, of)| of) } else { rest };
                let name: String = rest.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                let public = public && ["fn ", "const fn ", "struct "].contains(kind);
                all.push(Item { module: module.into(), name, public, text: String::new() });
            }
            _ => {}
        }
        if let Some(item) = all.last_mut() {
            item.text += line;
            item.text.push('\n');
        }
    }
    all
}

/// Whether `name` stands in `code` as a word.
fn has_word(code: &str, name: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    code.match_indices(name).any(|(at, _)| !code[..at].ends_with(part) && !code[at + name.len()..].starts_with(part))
}

/// Whether `code` of another module names the item with its module: `module::name` or
/// `module::{.., name, ..}`.
fn names_item(code: &str, item: &Item) -> bool {
    let module = item.module.rsplit("::").next().unwrap_or_default();
    code.match_indices(&format!("{module}::")).any(|(at, prefix)| {
        let rest = &code[at + prefix.len()..];
        let list = if let Some(group) = rest.strip_prefix('{') {
            group.split('}').next()
        } else {
            rest.split([';', '(', ' ', ',', ')', '\n']).next()
        };
        list.is_some_and(|list| has_word(list, &item.name))
    })
}

#[test]
fn every_test_interval_and_law_serves_a_claim_or_a_command() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let code_of = |file: &Path| -> String {
        let text = std::fs::read_to_string(file).expect("readable source");
        let code = text.split(TESTS).next().unwrap_or("");
        code.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
    };
    let toolbox: Vec<PathBuf> =
        ["stat", "spectra"].iter().flat_map(|folder| sources(&root.join("src").join(folder))).collect();
    // Its own calibration is no use of the toolbox.
    let trials = ["toolbox", "tails"].map(|name| root.join("src/calibration").join(name));
    let others = sources(&root.join("src")).into_iter().chain(files_of("theorems"));
    let served: Vec<String> = others
        .filter(|file| !toolbox.contains(file) && !trials.iter().any(|trial| file.starts_with(trial)))
        .map(|file| code_of(&file))
        .collect();
    let items: Vec<Item> = toolbox
        .iter()
        .flat_map(|file| {
            let module = file.strip_prefix(root.join("src")).expect("inside").with_extension("");
            items(&module.display().to_string().replace('/', "::"), &code_of(file))
        })
        .collect();
    let path = |item: &Item| format!("{}::{}", item.module, item.name);
    let used: Vec<bool> = items.iter().map(|item| served.iter().any(|code| names_item(code, item))).collect();
    let by = |user: &Item, item: &Item| {
        if user.module == item.module {
            has_word(&user.text, &item.name)
        } else {
            names_item(&user.text, item) || has_word(&user.text, &item.name)
        }
    };
    // What is implemented for a type, or used by what is used, is used.
    let reach = |mut reached: Vec<bool>| -> Vec<bool> {
        loop {
            let more: Vec<usize> = (0..items.len())
                .filter(|&at| {
                    !reached[at] && (0..items.len()).any(|user| reached[user] && by(&items[user], &items[at]))
                })
                .collect();
            if more.is_empty() {
                return reached;
            }
            more.into_iter().for_each(|at| reached[at] = true);
        }
    };
    let of = |reached: &[bool]| -> Vec<String> {
        let unused = items.iter().zip(reached).filter(|(item, reached)| item.public && !**reached);
        unused.map(|(item, _)| path(item)).collect()
    };
    let unused = of(&reach(used.clone()));
    let kept = used.iter().zip(&items).map(|(used, item)| *used || UNUSED.iter().any(|(name, _)| *name == path(item)));
    let unlisted = of(&reach(kept.collect()));
    assert!(items.iter().filter(|item| item.public).count() >= 40, "the sources are not read");
    for (name, why) in UNUSED {
        assert!(unused.iter().any(|unused| unused == name), "{name} ({why}) is used now: take it off the list");
    }
    assert!(unlisted.is_empty(), "use them, delete them, or say why they stay: {unlisted:?}");
}
