//! The vocabulary of a claim: statement, source, regimes, falsifiers, controls, cases and verdicts.
#![deny(clippy::disallowed_methods)]

use crate::evidence::Missing;
use serde::Serialize;

/// What a claim says and where it says so.
#[derive(Debug)]
pub struct Statement {
    /// Permanent identifier, `T01` and so on.
    pub id: &'static str,
    /// A sentence that can be false.
    pub title: &'static str,
    /// Where the claim comes from.
    pub source: Source,
    /// What is assumed.
    pub hypotheses: &'static [&'static str],
    /// Where it is tested, with the verdict that theory expects in each.
    pub regimes: &'static [Regime],
}

/// Where a claim comes from.
#[derive(Debug)]
pub struct Source {
    /// A reference that a reader can find.
    pub reference: &'static str,
    /// The sentence of that reference which is tested.
    pub sentence: &'static str,
    /// True when the statement is the reference's own claim, false when it is our reading or an
    /// addition.
    pub stated_there: bool,
}

/// One set of conditions under which a claim is tested. A claim has a constant for each, which
/// patterns can name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Regime {
    /// Short identifier, unique within the claim.
    pub id: &'static str,
    /// The conditions, in words.
    pub title: &'static str,
    /// The verdict that theory expects.
    pub expected: Verdict,
    /// For regimes expected to be refuted: what holds there instead.
    pub replaced_by: Option<&'static str>,
    /// Whether machines are trained there, so that the verdict is expected of MNIST only.
    pub trained: bool,
}

impl Regime {
    /// Conditions under which the claim must hold.
    pub const fn holds(id: &'static str, title: &'static str) -> Self {
        Self { id, title, expected: Verdict::Holds, replaced_by: None, trained: false }
    }

    /// Conditions under which the claim must be refuted, and what holds there instead.
    pub const fn refuted(id: &'static str, title: &'static str, replaced_by: &'static str) -> Self {
        Self { id, title, expected: Verdict::Refuted, replaced_by: Some(replaced_by), trained: false }
    }

    /// The same conditions for machines that are trained on the images: the verdict is expected of
    /// MNIST, and open for others.
    pub const fn of_trained(self) -> Self {
        Self { trained: true, ..self }
    }
}

/// What is known of a machine when claims are asked whether they apply to it. β is included
/// everywhere.
#[derive(Clone, Debug, PartialEq)]
pub struct MachineFacts {
    /// N.
    pub visible: usize,
    /// M.
    pub hidden: usize,
    /// Largest singular value.
    pub top: f64,
    /// Singular values above 4.
    pub above_four: usize,
    /// Standard deviation of the entries that the bulk says, where there is one.
    pub sigma: Option<f64>,
    /// Singular values above the bulk.
    pub outliers: usize,
    /// Singular values that are not 0.
    pub rank: usize,
    /// Chance that the bulk of noise lies as far from the Marchenko-Pastur law.
    pub shape_p_value: Option<f64>,
    /// Level of such chances.
    pub level: f64,
    /// Divergence of W and rotated W over its floor.
    pub divergence: Option<f64>,
    /// κ = Σ U_j1⁴ of the leading visible mode.
    pub ipr: f64,
    /// Squared overlap of the leading visible mode with the uniform direction, between 0 and 1.
    pub even: f64,
    /// Largest centred field in size.
    pub field: f64,
    /// (βs)⁴NM/256.
    pub glass: f64,
    /// Largest mean-field gain at the first fixed point that was found, where one is known.
    pub gain: Option<f64>,
    /// Nats that the Gaussian form leaves out at fourth order, below βλ = 4.
    pub left_out: Option<f64>,
}

/// Fields below this count as none: biases in single precision leave about 10⁻⁶ of them.
const NO_FIELD: f64 = 1e-4;

impl MachineFacts {
    /// Whether spectrum and shape are those of independent entries, and in words.
    pub fn noise(&self) -> (bool, String) {
        match self.shape_p_value {
            Some(p) => {
                let like = self.outliers == 0 && p >= self.level;
                let words = if like { "as of" } else { "not of" };
                (like, format!("{} outliers, shape of the bulk p = {p:.3}: {words} independent entries", self.outliers))
            }
            None => (false, "no bulk".into()),
        }
    }

    /// (βσ)⁴NM/256 with the σ of the bulk, where there is one.
    pub fn bulk_glass(&self) -> Option<f64> {
        Some(self.sigma?.powi(4) * self.visible as f64 * self.hidden as f64 / 256.0)
    }

    /// Whether both layers are at zero centred field, and in words.
    pub fn zero_field(&self) -> (bool, String) {
        (self.field < NO_FIELD, format!("the largest centred field is {:.3}", self.field))
    }
}

/// Whether the hypotheses of a claim hold for a machine in one regime.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Applies {
    /// Id of the claim.
    pub claim: &'static str,
    /// Id of the regime.
    pub regime: &'static str,
    /// Whether they hold.
    pub applies: bool,
    /// By which numbers, and what the claim, or what replaces it there, then says.
    pub why: String,
}

impl Statement {
    /// The answer for one regime: the numbers that decide, and what follows if they do.
    pub fn answer(&self, regime: &Regime, (applies, numbers): (bool, String), follows: &str) -> Applies {
        let why = if applies { format!("{numbers}; {follows}") } else { numbers };
        Applies { claim: self.id, regime: regime.id, applies, why }
    }

    /// Answers for the regimes tall, wide and square of one hypothesis.
    pub fn by_shape(
        &self,
        [tall, wide, square]: [&Regime; 3],
        machine: &MachineFacts,
        (applies, numbers): (bool, String),
        follows: &str,
    ) -> Vec<Applies> {
        let (n, m) = (machine.visible, machine.hidden);
        [(tall, n > m), (wide, n < m), (square, n == m)]
            .into_iter()
            .map(|(regime, fits)| match fits {
                true => self.answer(regime, (applies, numbers.clone()), follows),
                false => self.answer(regime, (false, format!("{n} x {m} units")), follows),
            })
            .collect()
    }
}

/// Which half of the verification a falsifier attacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// A wrong step: the derivation must not hold.
    Derivation,
    /// A wrong input or prediction: the measurement must refute the claim.
    Measurement,
}

/// Something for which the claim is false, sent through the same code as the claim.
#[derive(Debug, PartialEq)]
pub struct Falsifier {
    /// Short identifier, unique within the claim.
    pub id: &'static str,
    /// What is wrong, in words.
    pub title: &'static str,
    /// Where it must be caught.
    pub stage: Stage,
    /// Regimes it belongs to, each expected to hold.
    pub regimes: &'static [Regime],
    /// Ids of the checks that must all fail, up to the shape that several shapes append; where none
    /// is named, any one suffices.
    pub kills: &'static [&'static str],
    /// Whether it is a machine that is trained, of which only MNIST is known to make it false.
    pub trained: bool,
}

/// A falsifier that any one check may refute.
pub const fn falsifier(id: &'static str, title: &'static str, stage: Stage, regimes: &'static [Regime]) -> Falsifier {
    Falsifier { id, title, stage, regimes, kills: &[], trained: false }
}

impl Falsifier {
    /// The same falsifier, which is left out where the images are others than MNIST.
    pub const fn of_trained(self) -> Self {
        Self { trained: true, ..self }
    }

    /// The same falsifier, refuted only when all checks with these ids fail.
    pub const fn killing(self, kills: &'static [&'static str]) -> Self {
        Self { kills, ..self }
    }
}

/// A change that must *not* matter: the same check must still come out as holding.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Control {
    /// Short identifier, unique within the claim.
    pub id: &'static str,
    /// What is changed, in words.
    pub title: &'static str,
    /// Regimes it belongs to.
    pub regimes: &'static [Regime],
}

/// The claim as stated, or one deliberate change of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Variant<'a> {
    /// As stated.
    AsStated,
    /// Made false.
    Falsified(&'a Falsifier),
    /// Changed in a way that must not matter.
    Control(&'a Control),
}

/// A claim's regime together with the variant that is run: the same code path for all.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Case<'a> {
    /// The claim's id, part of the key of its random streams.
    pub claim: &'static str,
    /// The regime.
    pub regime: &'a Regime,
    /// The variant.
    pub variant: Variant<'a>,
}

impl Case<'_> {
    /// True when this falsifier is switched on.
    pub fn is(&self, falsifier: &Falsifier) -> bool {
        matches!(self.variant, Variant::Falsified(on) if on.id == falsifier.id)
    }

    /// True in this regime.
    pub fn at(&self, regime: &Regime) -> bool {
        self.regime == regime
    }

    /// True for any falsifier.
    pub fn falsified(&self) -> bool {
        matches!(self.variant, Variant::Falsified(_))
    }

    /// Whether one of the checks with these ids is needed: of a falsifier that names checks only
    /// those, of all else every check.
    pub fn asks(&self, ids: &[&str]) -> bool {
        match self.variant {
            Variant::Falsified(on) => on.kills.is_empty() || ids.iter().any(|id| on.kills.contains(id)),
            _ => true,
        }
    }

    /// True when this control is switched on.
    pub fn under(&self, control: &Control) -> bool {
        matches!(self.variant, Variant::Control(on) if on.id == control.id)
    }

    /// Name of the variant, part of the key of its random streams.
    pub fn variant_name(&self) -> &str {
        match self.variant {
            Variant::AsStated => "as-stated",
            Variant::Falsified(falsifier) => falsifier.id,
            Variant::Control(control) => control.id,
        }
    }
}

/// What a verification concludes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Derivation and all checks agree, at least one of them looks at a model and could have
    /// supported or refuted the claim (a test that does not reject supports nothing), and every
    /// falsifier was refuted.
    Holds,
    /// A check contradicts the claim, or the derivation does not hold.
    Refuted,
    /// Nothing contradicts the claim, but the evidence does not suffice.
    Inconclusive,
    /// The checks hold, or refute as expected, but show nothing: a falsifier is not refuted, a
    /// control does not hold, or a regime that should hold has no falsifier.
    Vacuous,
    /// A check gave no number or could not run: nothing is known.
    Invalid,
    /// The images do not meet the hypotheses, so that nothing is concluded.
    NotApplicable,
}

impl Verdict {
    /// All of them, in the order in which reports explain them.
    pub const ALL: [Self; 6] =
        [Self::Holds, Self::Refuted, Self::Inconclusive, Self::Vacuous, Self::Invalid, Self::NotApplicable];

    /// What the verdict means, as a sentence about a claim in one regime.
    pub fn meaning(self) -> &'static str {
        match self {
            Verdict::Holds => {
                "The derivation holds exactly, every check passes, at least one check uses a machine, a matrix or data \
                 and is able to confirm the claim (failing to reject it confirms nothing), and every falsifier is \
                 refuted by the same code."
            }
            Verdict::Refuted => "A check contradicts the claim, or its derivation does not hold.",
            Verdict::Inconclusive => "Nothing contradicts the claim, but the evidence does not suffice.",
            Verdict::Vacuous => {
                "The checks hold, or refute as expected, but show nothing: a falsifier is not refuted, or a control does not hold."
            }
            Verdict::Invalid => {
                "A check gave no number or could not run. That is no evidence either way; the program ends with exit code 2."
            }
            Verdict::NotApplicable => {
                "The images do not meet the hypotheses of the claim there, so that nothing is concluded. The exit code does not change."
            }
        }
    }
}

impl std::fmt::Display for Verdict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(match self {
            Verdict::Holds => "holds",
            Verdict::Refuted => "refuted",
            Verdict::Inconclusive => "inconclusive",
            Verdict::Vacuous => "vacuous",
            Verdict::Invalid => "invalid",
            Verdict::NotApplicable => "not-applicable",
        })
    }
}

/// A check could not run at all. That is no verdict.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// A kernel or decomposition failed on its input.
    #[error("{what}: {source}")]
    Failed {
        /// What was being computed.
        what: String,
        /// Why it failed.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The laboratory does not train, and the check needs a trained machine.
    #[error("needs a trained machine, and this laboratory does not train")]
    Untrained,
    /// The images do not meet what the claim assumes; a sentence that says what is missing.
    #[error("{0}")]
    NotApplicable(String),
    /// The input of a check is unusable.
    #[error("{0}")]
    Input(String),
    /// A table that a later step of the measurement needs was not made.
    #[error(transparent)]
    Missing(#[from] Missing),
}

impl CheckError {
    /// A regime for which the claim has no checks: a mistake in the claim.
    pub fn no_checks(regime: &Regime) -> Self {
        Self::Input(format!("the claim has no checks for its regime {}", regime.id))
    }

    /// Wraps an error with what was being computed; made for
    /// `map_err(CheckError::while_doing("..."))`.
    pub fn while_doing<E: std::error::Error + Send + Sync + 'static>(what: &str) -> impl FnOnce(E) -> CheckError {
        let what = what.to_string();
        move |source| CheckError::Failed { what, source: Box::new(source) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REGIME: Regime = Regime::holds("only", "");

    #[test]
    fn facts_are_said_and_shapes_exclude_each_other() {
        let facts = MachineFacts {
            visible: 7,
            hidden: 5,
            top: 1.0,
            above_four: 0,
            sigma: Some(0.1),
            outliers: 0,
            rank: 5,
            shape_p_value: Some(0.5),
            level: 0.01,
            divergence: None,
            ipr: 0.4,
            even: 0.1,
            field: 0.0,
            glass: 0.1,
            gain: None,
            left_out: None,
        };
        assert!(facts.noise().0 && facts.zero_field().0);
        assert!(!MachineFacts { outliers: 1, ..facts.clone() }.noise().0);
        assert!(!MachineFacts { shape_p_value: Some(0.005), ..facts.clone() }.noise().0);
        assert!(!MachineFacts { shape_p_value: None, ..facts.clone() }.noise().0);
        assert!(!MachineFacts { field: 0.1, ..facts.clone() }.zero_field().0);
        // by hand: 10⁻⁴ · 35/256
        assert!((facts.bulk_glass().expect("a bulk") - 35e-4 / 256.0).abs() < 1e-18);
        assert_eq!(MachineFacts { sigma: None, ..facts.clone() }.bulk_glass(), None);
        let [tall, wide, square] = ["tall", "wide", "square"].map(|id| Regime::holds(id, ""));
        let source = Source { reference: "", sentence: "", stated_there: true };
        let statement = Statement { id: "T00", title: "", source, hypotheses: &[], regimes: &[] };
        for (shape, expected) in [((7, 5), "tall"), ((5, 7), "wide"), ((5, 5), "square")] {
            let facts = MachineFacts { visible: shape.0, hidden: shape.1, ..facts.clone() };
            let answers = statement.by_shape([&tall, &wide, &square], &facts, (true, "numbers".into()), "so");
            let apply: Vec<&str> = answers.iter().filter(|one| one.applies).map(|one| one.regime).collect();
            assert_eq!(apply, [expected]);
            assert!(answers.iter().all(|one| one.applies == (one.why == "numbers; so")));
        }
    }

    #[test]
    fn every_variant_has_a_name_of_its_own() {
        let falsifier = falsifier("wrong", "", Stage::Measurement, &[REGIME]);
        let control = Control { id: "right", title: "", regimes: &[REGIME] };
        let variants = [Variant::AsStated, Variant::Falsified(&falsifier), Variant::Control(&control)];
        let names = variants.map(|variant| Case { claim: "T00", regime: &REGIME, variant }.variant_name().to_string());
        assert_eq!(names, ["as-stated", "wrong", "right"]);
        let falsified = variants.map(|variant| Case { claim: "T00", regime: &REGIME, variant }.falsified());
        assert_eq!(falsified, [false, true, false]);
    }

    #[test]
    fn a_variant_is_known_by_its_own_id_only() {
        static WRONG: Falsifier = falsifier("wrong", "is wrong", Stage::Derivation, &[REGIME]).killing(&["a", "b"]);
        let whole = Falsifier {
            id: "wrong",
            title: "is wrong",
            stage: Stage::Derivation,
            regimes: &[REGIME],
            kills: &["a", "b"],
            trained: false,
        };
        assert_eq!(WRONG, whole);
        let control = Control { id: "right", title: "", regimes: &[REGIME] };
        let of = |variant: Variant<'_>| {
            let case = Case { claim: "T00", regime: &REGIME, variant };
            let other = falsifier("right", "", Stage::Derivation, &[]);
            [
                (case.is(&WRONG), case.under(&control)),
                (case.is(&other), case.under(&Control { id: "wrong", ..control })),
            ]
        };
        assert_eq!(of(Variant::AsStated), [(false, false); 2]);
        assert_eq!(of(Variant::Falsified(&WRONG)), [(true, false), (false, false)]);
        assert_eq!(of(Variant::Control(&control)), [(false, true), (false, false)]);
        let any = falsifier("any", "", Stage::Measurement, &[REGIME]);
        let asks = |variant, ids: &[&str]| Case { claim: "T00", regime: &REGIME, variant }.asks(ids);
        assert!(asks(Variant::Falsified(&WRONG), &["c", "b"]) && !asks(Variant::Falsified(&WRONG), &["c", "wrong"]));
        let all = [Variant::Falsified(&any), Variant::AsStated, Variant::Control(&control)];
        assert!(all.into_iter().all(|variant| asks(variant, &["c"])));
        let case = Case { claim: "T00", regime: &REGIME, variant: Variant::AsStated };
        assert!(
            case.at(&REGIME) && !case.at(&Regime::holds("other", "")) && !case.at(&Regime::refuted("only", "", "T01"))
        );
    }

    #[test]
    fn verdicts_are_words_that_fill_a_column() {
        assert_eq!(
            Verdict::ALL.map(|verdict| format!("{verdict:<8}|")),
            ["holds   |", "refuted |", "inconclusive|", "vacuous |", "invalid |", "not-applicable|"]
        );
        for verdict in Verdict::ALL {
            assert_eq!(serde_json::to_value(verdict).expect("a word"), verdict.to_string());
        }
        let failed = CheckError::while_doing("summing")(std::io::Error::other("no numbers"));
        assert_eq!(failed.to_string(), "summing: no numbers");
    }
}
