//! Who may import whom: the arrows of the architecture, tested against the sources.

use std::path::{Path, PathBuf};

/// Module, and the modules of ours that it may use. Everything else is an arrow the wrong way round.
const MAY_USE: [(&str, &[&str]); 19] = [
    ("evidence", &[]),
    ("bits", &["memory"]),
    ("file", &[]),
    ("memory", &[]),
    ("figure", &["file"]),
    ("symbolic", &[]),
    ("oracle", &[]),
    ("rbm", &["bits", "file", "memory"]),
    ("spectra", &["evidence", "rbm", "stat", "symbolic"]),
    ("stat", &["evidence", "rbm"]),
    ("data", &["bits", "file"]),
    ("lab", &["bits", "claim", "data", "rbm"]),
    ("claim", &["evidence", "figure", "lab", "symbolic"]),
    ("check", &["evidence", "stat"]),
    ("calibration", &["claim", "evidence", "figure", "lab", "rbm", "runner", "spectra", "stat"]),
    ("runner", &["claim", "evidence", "lab"]),
    ("report", &["claim", "evidence", "figure", "file", "lab", "symbolic"]),
    (
        "theorems",
        &["bits", "check", "claim", "evidence", "figure", "lab", "oracle", "rbm", "spectra", "stat", "symbolic"],
    ),
    (
        "main",
        &[
            "calibration",
            "claim",
            "data",
            "figure",
            "file",
            "lab",
            "memory",
            "rbm",
            "report",
            "runner",
            "stat",
            "symbolic",
            "theorems",
        ],
    ),
];

fn sources(path: &Path) -> Vec<PathBuf> {
    if path.is_file() {
        return vec![path.to_path_buf()];
    }
    let entries = std::fs::read_dir(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    entries
        .map(|entry| entry.expect("readable entry").path())
        .filter(|path| path.is_dir() || path.extension().is_some_and(|ending| ending == "rs"))
        .flat_map(|path| sources(&path))
        .collect()
}

fn files_of(module: &str) -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    if module == "theorems" {
        return sources(&root.join("theorems"));
    }
    let file = root.join("src").join(format!("{module}.rs"));
    if file.exists() { sources(&file) } else { sources(&root.join("src").join(module)) }
}

/// Modules of ours that a source names after `crate::` or `rbm_landscape::`, tests and comments left out.
fn imports(text: &str) -> Vec<String> {
    let code: String = text
        .split("#[cfg(test)]")
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
                let snapshots = module == "theorems" && file.ends_with("mod.rs");
                assert!(
                    inside || snapshots || allowed.contains(&name.as_str()),
                    "{} uses crate::{name}, which {module} may not",
                    file.display()
                );
            }
        }
    }
}

#[test]
fn claims_know_nothing_of_each_other() {
    for file in files_of("theorems").iter().filter(|file| !file.ends_with("mod.rs")) {
        let text = std::fs::read_to_string(file).expect("readable source");
        assert!(!text.contains("theorems::") && !text.contains("super::t0"), "{}", file.display());
    }
}

#[test]
fn only_figure_knows_the_plotting_library_and_only_main_prints() {
    let all = sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
    let claims = files_of("theorems");
    for file in all.iter().chain(&claims) {
        let text = std::fs::read_to_string(file).expect("readable source");
        let code: Vec<&str> = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
        if !file.ends_with("figure.rs") {
            assert!(!code.iter().any(|line| line.contains("plotters::")), "{}", file.display());
        }
        if !file.ends_with("main.rs") {
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
    let rest = sources(&root.join("src")).into_iter().chain(files_of("theorems")).chain(sources(&root.join("benches")));
    let mut seen = 0;
    for file in rest.filter(|file| !file.ends_with("rbm/linalg.rs")) {
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
        let code = text.split("#[cfg(test)]").next().unwrap_or("");
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
