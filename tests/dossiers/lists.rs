//! Lists that follow from the catalogue and from the headings of the documentation: the table of
//! README.md, docs/README.md and figures/README.md.

use rbm_landscape::claim::Verdict;
use rbm_landscape::figure::Figure;
use rbm_landscape::lab::Scale;
use rbm_landscape::report;
use rbm_landscape::theorems::CATALOGUE;
use std::path::{Path, PathBuf};

/// What `INSTA_UPDATE=always` asks for, which insta obeys for the snapshots too.
pub fn update() -> bool {
    std::env::var("INSTA_UPDATE").is_ok_and(|how| how == "always")
}

pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Compares a text with the file of the repository, or writes it.
fn same(file: &str, made: &str, remedy: &str) {
    let path = root().join(file);
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    if committed == made {
        return;
    }
    if update() {
        std::fs::write(&path, made).unwrap_or_else(|error| panic!("{file}: {error}"));
        return;
    }
    let lines = |text: &str| -> Vec<String> { text.lines().map(String::from).collect() };
    let (ours, theirs) = (lines(made), lines(&committed));
    let missing: Vec<_> = ours.iter().filter(|line| !theirs.contains(line)).collect();
    let surplus: Vec<_> = theirs.iter().filter(|line| !ours.contains(line)).collect();
    panic!("{file} is not up to date: missing {missing:#?}, surplus {surplus:#?}; {remedy}");
}

const REMEDY: &str = "`INSTA_UPDATE=always cargo test --test dossiers lists` writes it";

/// README.md and docs/README.md.
pub fn lists_are_those_of_the_catalogue() {
    let readme = std::fs::read_to_string(root().join("README.md")).expect("README.md is there");
    same("README.md", &with_table(&readme), REMEDY);
    let text = |name: &str| std::fs::read_to_string(root().join("docs").join(name)).expect("a page of docs/");
    same("docs/README.md", &index(&text("theory.md"), &text("findings.md")), REMEDY);
}

/// The README with the table of claims between its two marks.
fn with_table(readme: &str) -> String {
    let (begin, end) =
        ("<!-- claims: written by INSTA_UPDATE=always cargo test --test dossiers lists -->\n", "\n<!-- end -->");
    let (before, rest) = readme.split_once(begin).expect("README.md has the mark of the claims");
    let (_, after) = rest.split_once(end).expect("README.md has the mark of their end");
    let mut rows = vec!["| claim | regime | verdict | conditions |".to_string(), "|---|---|---|---|".to_string()];
    for entry in CATALOGUE {
        let statement = entry.theorem.statement();
        rows.push(format!("| **{}** | | | **{}** |", statement.id, statement.title));
        rows.extend(statement.regimes.iter().map(|regime| {
            let instead = regime.replaced_by.map_or(String::new(), |other| format!("; instead: {other}"));
            format!("| {} | {} | {} | {}{instead} |", statement.id, regime.id, regime.expected, regime.title)
        }));
    }
    format!("{before}{begin}{}{end}{after}", rows.join("\n"))
}

/// Where the documentation speaks of every claim.
fn index(theory: &str, findings: &str) -> String {
    let rows: Vec<String> = CATALOGUE
        .iter()
        .map(|entry| {
            let statement = entry.theorem.statement();
            let id = statement.id;
            let refuted = statement.regimes.iter().filter(|regime| regime.expected == Verdict::Refuted).count();
            let held = statement.regimes.len() - refuted;
            format!(
                "| [{id}](../theorems/{}/mod.rs) | {} | {held} | {refuted} | {} | {} |",
                entry.file,
                statement.title,
                links("theory.md", theory, id),
                links("findings.md", findings, id),
            )
        })
        .collect();
    format!(
        "# Documentation\n\n\
         - [theory.md](theory.md): the formulas, precise enough to test.\n\
         - [findings.md](findings.md): what holds, where it stops and what replaces it, with numbers.\n\
         - [reproduce.md](reproduce.md): the paper's sizes.\n\
         - [calibration.md](calibration.md): error rates of the claims and of the statistical tests.\n\
         - [mutation.md](mutation.md): how many planted mistakes the tests catch.\n\
         - [performance.md](performance.md): times beside other tools, of whole commands, and how cost grows.\n\
         - [findings/](../findings): what surprised us about other libraries and formats, as scripts that show it.\n\n\
         The page of every claim is the comment at the head of its `mod.rs`;\n\
         `rbm-landscape explain TNN` prints it with the derivation.\n\n\
         | claim | it says | holds in so many regimes | is refuted in | theory | findings |\n|---|---|---|---|---|---|\n{}\n",
        rows.join("\n")
    )
}

/// Links to the headings of a page that name the claim.
fn links(page: &str, text: &str, id: &str) -> String {
    let named = |heading: &&str| heading.split(|c: char| !c.is_alphanumeric()).any(|word| word == id);
    let headings: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("### ")).filter(named).collect();
    assert!(!headings.is_empty(), "docs/{page} has no heading ### that names {id}");
    let link = |heading: &str| {
        let kept = heading.to_lowercase().replace(' ', "-");
        let anchor: String = kept.chars().filter(|c| c.is_alphanumeric() || "-_".contains(*c)).collect();
        let shown = heading.replace(['`', '[', ']', '|'], "");
        format!("[{}]({page}#{anchor})", shown.strip_prefix(id).unwrap_or(&shown).trim_start_matches([' ', ':']))
    };
    headings.into_iter().map(link).collect::<Vec<_>>().join("; ")
}

/// Pictures of figures/ that belong to a claim: file names of that ending.
pub fn committed(id: &str, ending: &str) -> Vec<PathBuf> {
    let own = format!("{id}_");
    let all = std::fs::read_dir(root().join("figures")).expect("figures/ is there");
    let all = all.map(|file| file.expect("a file").path());
    let of = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        name.starts_with(&own) && name.ends_with(ending)
    };
    all.filter(of).collect()
}

/// The rows of figures/README.md of one claim.
pub fn gallery_lists(id: &str, figures: &[Figure]) {
    let page = std::fs::read_to_string(root().join("figures/README.md")).unwrap_or_default();
    let others: Vec<&str> = page.lines().filter(|line| !line.starts_with(&format!("| [{id}_"))).collect();
    let drawn: Vec<(&str, Figure)> = figures.iter().map(|figure| (id, figure.clone())).collect();
    let made = report::gallery(&drawn, &others.join("\n"), Scale::Quick);
    same(
        "figures/README.md",
        &made,
        &format!("`INSTA_UPDATE=always cargo test --test dossiers {}` writes it", id.to_lowercase()),
    );
}
