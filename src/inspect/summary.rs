//! What was found, in words: for the terminal and for the page.

use super::modes::Point;
use super::{Crossing, ExactBy, From, Inspection, Likelihood, Methods, Mode, Phase, Place, Training, Update};
use crate::math::shown;
use crate::rbm::exact;

/// A part of the summary.
#[derive(Clone, Debug, Default)]
pub struct Section {
    /// One short line.
    pub title: String,
    /// Lines below it.
    pub lines: Vec<String>,
    /// A table below these.
    pub table: Option<Table>,
    /// Lines below the table.
    pub notes: Vec<String>,
}

/// Cells by row; every row has as many as the head.
#[derive(Clone, Debug)]
pub struct Table {
    /// Head of each column.
    pub head: Vec<&'static str>,
    /// Rows.
    pub rows: Vec<Vec<String>>,
}

/// What there is beside the inspection itself.
#[derive(Clone, Copy, Default)]
pub struct More<'a> {
    /// ln Z.
    pub methods: Option<&'a Methods>,
    /// The user's samples.
    pub likelihood: Option<&'a Result<Likelihood, String>>,
    /// The training.
    pub training: Option<&'a Training>,
}

/// A number in few columns; "-" where there is none.
fn short(value: Option<f64>) -> String {
    match value {
        None => "-".into(),
        Some(x) if x != 0.0 && !(0.001..1000.0).contains(&x.abs()) => format!("{x:.2e}"),
        Some(x) if x.abs() < 0.1 => format!("{x:.5}"),
        Some(x) => format!("{x:.3}"),
    }
}

/// A probability; those below what its law resolves are all one.
fn chance(p: Option<f64>) -> String {
    if p.is_some_and(|p| p < 1e-15) { "below 1e-15".into() } else { short(p) }
}

fn count<T: ToString>(count: Option<T>) -> String {
    count.map_or_else(|| "-".into(), |count| count.to_string())
}

/// The summary, part by part. Outliers were judged at `level`.
pub fn sections(found: &Inspection, level: f64, more: More<'_>) -> Vec<Section> {
    let mut sections = vec![spectrum(found, level), transition_line(found), rotation(found), modes(found)];
    sections.extend((found.modes.iter().any(|mode| mode.data.is_some())).then(|| positions(found)));
    sections.extend([non_converging(found), chains(found)]);
    sections.extend(more.methods.map(log_partition));
    sections.extend(more.likelihood.map(likelihood));
    sections.extend(more.training.map(training));
    sections
}

fn section(title: &str, lines: Vec<String>) -> Section {
    Section { title: title.into(), lines, ..Section::default() }
}

fn spectrum(found: &Inspection, level: f64) -> Section {
    let spectrum = &found.spectrum;
    let [low, high] = spectrum.sigma_interval.map_or([None; 2], |interval| interval.map(Some));
    let counts = |outliers: &str| format!("{outliers} outliers at level {level}; {} values are zero", spectrum.zeros);
    if spectrum.sigma.is_none() {
        let outliers = if spectrum.judged() { spectrum.outliers.to_string() } else { "-".into() };
        return Section { notes: whys(&spectrum.why), ..section("Spectrum: no bulk", vec![counts(&outliers)]) };
    }
    let mut lines = vec![
        format!(
            "bulk {} to {}; shape of the bulk p = {}",
            short(spectrum.edge_low),
            short(spectrum.edge_high),
            chance(spectrum.shape_p_value)
        ),
        format!(
            "largest value p = {}, with entries in random order p = {}",
            chance(spectrum.edge_p_value),
            chance(spectrum.shuffled_p_value)
        ),
        counts(&spectrum.outliers.to_string()),
    ];
    for (at, lambda) in spectrum.outlier_lambdas.iter().enumerate().take(8) {
        let (strength, error) = (spectrum.planted_strengths[at], spectrum.planted_errors[at]);
        lines.push(format!("outlier {lambda:.4}: planted strength {} ± at most {}", short(strength), short(error)));
    }
    let title = format!("Spectrum: σ = {} ({} to {}, 95 %)", short(spectrum.sigma), short(low), short(high));
    Section { notes: whys(&spectrum.why), ..section(&title, lines) }
}

fn whys(why: &super::Why) -> Vec<String> {
    why.0.iter().map(|(what, why)| format!("note: {what}: {why}")).collect()
}

fn transition_line(found: &Inspection) -> Section {
    let line = &found.transition_line;
    let field = format!("the largest centred field is {}", short(Some(line.largest_field)));
    let Some(phase) = line.phase else {
        let lines = vec![format!("{field}, {}", if line.zero_field { "zero" } else { "not zero" })];
        return Section { notes: whys(&line.why), ..section("Spin-glass transition line: does not apply", lines) };
    };
    let side = match phase {
        Phase::Paramagnet => "paramagnet",
        Phase::OnTheLine => "on the line within its interval",
        Phase::Beyond => "beyond the line",
    };
    let title = format!(
        "Spin-glass transition line: x = {} ({} to {}, 95 %), {side}",
        short(line.x),
        short(line.low),
        short(line.high)
    );
    let follows = match (line.zero_field, phase) {
        (true, Phase::Paramagnet) => "zero: T09 paramagnet applies",
        (true, Phase::OnTheLine) => "zero: chains forget their start slowly",
        (true, Phase::Beyond) => "zero: a spin glass, whose chains keep an overlap with their start",
        (false, Phase::Paramagnet) => "not zero: T09 fields applies",
        (false, _) => "not zero: the line is known at zero field only, and T09 fields below x = 1",
    };
    let meaning = "x = (βσ)⁴NM/256; the line is x = 1, at zero centred field";
    section(&title, vec![meaning.into(), format!("{field}, {follows}")])
}

fn rotation(found: &Inspection) -> Section {
    let rotation = &found.rotation;
    let ratio = rotation.js_divergence.zip(rotation.js_floor).map(|(js, floor)| js / floor);
    let lines = vec![
        format!("divergence / floor {}", short(ratio)),
        format!(
            "leading mode: IPR / Haar {}, overlap with even {}",
            short(rotation.leading_ipr_over_haar),
            short(rotation.even_overlap)
        ),
    ];
    Section { notes: whys(&rotation.why), ..section("Rotation (1 for random directions)", lines) }
}

/// Number of a mode, marked where it is an outlier.
fn numbered(mode: &Mode) -> String {
    format!("{}{}", mode.index, if mode.outlier == Some(true) { "*" } else { "" })
}

fn modes(found: &Inspection) -> Section {
    let row = |mode: &Mode| {
        let measured = mode.autocorrelation_measured;
        vec![
            numbered(mode),
            shown(mode.lambda, 4),
            short(mode.rate_langevin),
            short(mode.autocorrelation_gaussian),
            short(mode.autocorrelation_onsager),
            short(mode.autocorrelation_exact),
            measured.map_or_else(|| "-".into(), |seen| format!("{:.3} ± {:.3}", seen.mean, seen.se)),
        ]
    };
    let exact = if found.exact_by == ExactBy::AllStates { "exact" } else { "identity" };
    let table = Table {
        head: vec!["mode", "λ", "4/|β| − λ", "Gauss", "Onsager", exact, "measured"],
        rows: found.modes.iter().map(row).collect(),
    };
    let mut notes = vec![match found.exact_by {
        ExactBy::AllStates => "exact: from all states".to_string(),
        ExactBy::Chains => "identity: from averages over chains; measured: from the chains themselves".into(),
    }];
    notes.push(match found.chains_from {
        From::Law => "chains start from exact samples".into(),
        From::Tempering => {
            "chains start from tempered samples: states that these miss are in none of their numbers".into()
        }
        From::IndependentUnits => {
            "chains start from independent units: states that they do not find are in none of their numbers".into()
        }
    });
    notes.extend((found.spectrum.outliers > 0).then(|| "* outlier".into()));
    let title = "Modes: autocorrelation of x = U·v over one sweep";
    Section { table: Some(table), notes, ..section(title, Vec::new()) }
}

fn positions(found: &Inspection) -> Section {
    let place = |place: Option<Place>| {
        place.map_or_else(|| "-".into(), |place| format!("{:.3} ± {}", place.mean, short(place.sd)))
    };
    let row = |mode: &Mode| {
        let saddle = mode.saddle.map(|[x, _]| x);
        vec![numbered(mode), place(mode.data), place(mode.samples), short(saddle), short(mode.class_share)]
    };
    let table = Table {
        head: vec!["mode", "data", "chains", "saddle", "class share"],
        rows: found.modes.iter().map(row).collect(),
    };
    let notes = found.class_share_by_chance.map(|share| format!("class share of classes without meaning: {share:.4}"));
    let notes = notes.into_iter().collect();
    Section { table: Some(table), notes, ..section("Positions: x = U·v, mean ± standard deviation", Vec::new()) }
}

fn non_converging(found: &Inspection) -> Section {
    let counts = &found.non_converging;
    let gain = |point: &Point| format!("{:.4} at {:.3}", point.gain, point.distance);
    let gains: Vec<String> = counts.mean_field_points.iter().map(gain).collect();
    let mut lines = vec![
        format!("λ > 4/β (Gaussian): {}", counts.gaussian),
        format!(
            "mean-field gain above 1: {}; fixed points by gain and distance from the means: {}",
            count(counts.bias_aware),
            if gains.is_empty() { "-".into() } else { gains.join(", ") }
        ),
        format!("planted strength > 4/β (Onsager): {}", count(counts.onsager)),
    ];
    if let Some(onsager) = found.onsager {
        lines.push(format!(
            "Onsager: A = {:.4}, B = {:.4}, (βs)⁴NM/256 = {:.4}",
            onsager.visible, onsager.hidden, onsager.glass_parameter
        ));
    }
    Section { notes: whys(&found.why), ..section("Modes that do not converge", lines) }
}

fn chains(found: &Inspection) -> Section {
    let (saturated, uncoupled) = (found.saturated, found.uncoupled);
    let lines = vec![
        format!("no chain changed {} visible and {} hidden units", saturated.visible, saturated.hidden),
        format!("without couplings: {} visible and {} hidden units", uncoupled.visible, uncoupled.hidden),
    ];
    section("Units", lines)
}

/// Why there is no exact ln Z.
pub(crate) fn no_exact() -> String {
    format!("both layers have more than {} units", exact::MOST_UNITS)
}

fn log_partition(methods: &Methods) -> Section {
    let rows = methods.rows().into_iter().map(Vec::from).collect();
    let table = Table { head: vec!["method", "ln Z", "remark"], rows };
    let warnings = methods.warnings();
    let mut notes = vec![methods.verdict()];
    notes.extend(warnings.iter().cloned());
    notes.extend((!warnings.is_empty()).then(|| "log-partition has these options, and takes its time".into()));
    Section { table: Some(table), notes, ..section("ln Z of the machine as stored", Vec::new()) }
}

fn likelihood(found: &Result<Likelihood, String>) -> Section {
    let title = "Log-likelihood of the samples";
    let found = match found {
        Ok(found) => found,
        Err(why) => return section(title, vec![format!("-  ({why})")]),
    };
    let error = found.se.map_or_else(String::new, |se| format!(" ± {se:.4}"));
    let [low, high] = found.between;
    let ln_z = if low == high {
        "by exact ln Z".to_string()
    } else {
        format!("by tempered ln Z, whose interval says {low:.4} to {high:.4}")
    };
    let lines = vec![
        format!("ln p(v) = {:.4}{error} nats per sample, {:.4} per unit", found.mean, found.per_unit),
        format!("{ln_z}; number of samples: {}", found.samples),
    ];
    section(title, lines)
}

/// Updates that the table lists at most; all of them are in the figure and in JSON.
const LISTED: usize = 12;

fn training(found: &Training) -> Section {
    let updates = &found.updates;
    let first = |at: Option<u64>| at.map_or_else(|| "never".into(), |update| format!("at {update}"));
    let say = |&Crossing { mode, leaves_bulk, exceeds_4 }: &Crossing| {
        format!("mode {mode} is first an outlier {}, first above 4/β {}", first(leaves_bulk), first(exceeds_4))
    };
    let mut lines: Vec<String> = found.crossings.iter().take(8).map(say).collect();
    lines.extend((found.crossings.len() > 8).then(|| format!("and {} modes more", found.crossings.len() - 8)));
    lines.extend(found.crossings.is_empty().then(|| "no mode leaves the bulk or exceeds 4/β".into()));
    let row = |update: &Update| {
        vec![
            update.update.to_string(),
            short(update.singular_values.first().copied()),
            short(update.edge_high),
            count(update.beyond_edge),
            update.above_4.to_string(),
            short(update.mean_field_gain),
            short(Some(update.alignment)),
            short(update.log_partition),
        ]
    };
    let shown = updates.len().min(LISTED);
    // Evenly over the list, its ends included.
    let rows = (0..shown).map(|at| row(&updates[at * (updates.len() - 1) / shown.saturating_sub(1).max(1)])).collect();
    let head = vec!["update", "λ₁", "edge", "outliers", "> 4/β", "gain", "aligned", "ln Z"];
    let mut notes = vec![
        "gain: at the mean-field state of the highest bound on ln Z; aligned: squared overlap of U₁ with that of the last update"
            .to_string(),
    ];
    let whys: std::collections::BTreeMap<_, _> = updates.iter().flat_map(|update| &update.why.0).collect();
    notes.extend(whys.into_iter().map(|(what, why)| format!("note: {what}: {why}")));
    notes.extend((updates.len() > shown).then(|| format!("{shown} of {} updates are listed", updates.len())));
    Section { table: Some(Table { head, rows }), notes, ..section("Training", lines) }
}

/// The claims whose hypotheses hold.
pub fn claims(found: &Inspection) -> Section {
    let lines = found
        .applies
        .iter()
        .filter(|answer| answer.applies)
        .map(|answer| format!("{} {}: {}", answer.claim, answer.regime, answer.why));
    section("Claims that apply", lines.collect())
}
