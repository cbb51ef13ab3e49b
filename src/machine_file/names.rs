//! Names of arrays, as the tools of this field write them.

/// What an array is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Weights,
    VisibleBias,
    HiddenBias,
    VisibleOffset,
    HiddenOffset,
    VisibleScale,
    HiddenScale,
    /// Inverse temperature, one number.
    Beta,
}

const WEIGHTS: &[&str] = &[
    "w",
    "weights",
    "weight",
    "weight_matrix",
    "kernel",
    "components",
    "w_vh",
    "rbm_w",
    "vishid",
    "hidpen",
    "hidtop",
    "parameter_w",
    "quadratic_coef",
    "rbm_weight",
    "rbm_weights",
    "wts",
    "visible_hidden_weights",
];
const VISIBLE: &[&str] = &[
    "a",
    "visible_bias",
    "visible_biases",
    "vbias",
    "vbiases",
    "v_bias",
    "v_biases",
    "bias_v",
    "b_v",
    "bv",
    "vb",
    "visbias",
    "hidgenbiases",
    "pengenbiases",
    "visbiases",
    "intercept_visible",
    "visible_field",
    "visible_fields",
    "vfields",
    "bias_visible",
    "biases_visible",
    "b_vis",
    "visible_b",
];
const HIDDEN: &[&str] = &[
    "b",
    "hidden_bias",
    "hidden_biases",
    "hbias",
    "hbiases",
    "h_bias",
    "h_biases",
    "bias_h",
    "b_h",
    "bh",
    "hb",
    "hidbias",
    "hidbiases",
    "hidrecbiases",
    "toprecbiases",
    "penrecbiases",
    "intercept_hidden",
    "hidden_field",
    "hidden_fields",
    "hfields",
    "bias_hidden",
    "biases_hidden",
    "b_hid",
    "hidden_b",
];

/// The last part of a name without case, underscores at its ends and TensorFlow's `:0`, and a
/// number at its end apart: `W1000` is `w` and 1000, `model.v_bias` is `v_bias`.
pub(super) fn stem(name: &str) -> (String, Option<u64>) {
    let last = name.rsplit(['.', '/']).next().unwrap_or(name);
    let last = last.split_once(':').map_or(last, |(before, _)| before).to_ascii_lowercase();
    let last = last.trim_matches('_');
    let letters = last.trim_end_matches(|c: char| c.is_ascii_digit());
    let number = last[letters.len()..].parse().ok();
    match number {
        Some(number) if !letters.trim_matches('_').is_empty() => (letters.trim_matches('_').to_string(), Some(number)),
        _ => (last.to_string(), None),
    }
}

/// The folder of a name, with a trailing separator: `model.` of `model.W`; empty at the top.
pub(super) fn folder(name: &str) -> &str {
    name.rfind(['.', '/']).map_or("", |at| &name[..=at])
}

/// The number of an update in the folders of a name: `update_100/params/W`, `epoch-3/W`.
pub(super) fn update_of(name: &str) -> Option<u64> {
    folder(name).split(['.', '/']).find_map(|part| {
        let part = part.to_ascii_lowercase();
        let word = part.trim_end_matches(|c: char| c.is_ascii_digit());
        let known = ["update", "epoch", "step", "iter", "iteration", "checkpoint", "ckpt", "snapshot", "j"];
        known.contains(&word.trim_end_matches(['_', '-'])).then(|| part[word.len()..].parse().ok()).flatten()
    })
}

/// What a stem is for, if it is known.
pub(super) fn role(stem: &str) -> Option<Role> {
    let of = |known: &[&str], role: Role| known.contains(&stem).then_some(role);
    of(WEIGHTS, Role::Weights)
        .or(of(VISIBLE, Role::VisibleBias))
        .or(of(HIDDEN, Role::HiddenBias))
        .or(of(&["ov", "offset_v", "offset_visible", "visible_offset", "visible_offsets"], Role::VisibleOffset))
        .or(of(&["oh", "offset_h", "offset_hidden", "hidden_offset", "hidden_offsets"], Role::HiddenOffset))
        .or(of(&["scale_v", "sv", "visible_scale"], Role::VisibleScale))
        .or(of(&["scale_h", "sh", "hidden_scale"], Role::HiddenScale))
        .or(of(&["beta"], Role::Beta))
}

/// Weights between labels and another layer; `u` is one where labels have biases.
const LABEL_WEIGHTS: &[&str] = &[
    "labhid",
    "hidlab",
    "labpen",
    "labtop",
    "toplab",
    "label_weights",
    "label_weight",
    "weights_label",
    "w_label",
    "w_labels",
    "w_lab",
    "class_weights",
    "w_class",
    "w_y",
    "wy",
    "w_hy",
    "w_yh",
];
/// Biases of labels; `d` is one beside `u`.
const LABEL_BIASES: &[&str] = &[
    "labbias",
    "labbiases",
    "labgenbiases",
    "label_bias",
    "label_biases",
    "bias_label",
    "bias_labels",
    "class_bias",
    "class_biases",
    "bias_class",
    "bias_y",
    "y_bias",
    "ybias",
    "b_y",
    "by",
    "b_label",
    "b_class",
];

/// Whether arrays of these stems and shapes are weights or biases of labels, in a machine of `n`
/// visible and `m` hidden units: Larochelle's U and d, Hinton's labhid and labbiases.
pub(super) fn of_labels((n, m): (usize, usize), arrays: &[(&str, &[usize])]) -> Vec<bool> {
    // Labels of weights between them and a layer.
    let labels = |shape: &[usize]| match *shape {
        [rows, columns] if columns == n || columns == m => Some(rows),
        [rows, columns] if rows == n || rows == m => Some(columns),
        _ => None,
    };
    let long = |shape: &[usize]| shape.iter().try_fold(1, |all: usize, size| all.checked_mul(*size));
    let biases = |stem: &str, count: usize| {
        arrays.iter().any(|(name, shape)| *name == stem && shape.len() <= 2 && long(shape) == Some(count))
    };
    let pair = arrays.iter().any(|(stem, shape)| {
        let biased = |count: usize| biases("d", count) || LABEL_BIASES.iter().any(|stem| biases(stem, count));
        *stem == "u" && labels(shape).is_some_and(biased)
    });
    let is = |(stem, shape): &(&str, &[usize])| match *stem {
        "u" => pair && shape.len() == 2,
        "d" => pair && !shape.is_empty(),
        stem => {
            (LABEL_WEIGHTS.contains(&stem) && labels(shape).is_some())
                || (LABEL_BIASES.contains(&stem) && !shape.is_empty())
        }
    };
    arrays.iter().map(is).collect()
}

/// Whether W of this name is stored N x M (false) or M x N (true), where the tool that uses the
/// name has only one order.
pub(super) fn order(stem: &str) -> Option<bool> {
    match stem {
        "components" => Some(true), // scikit-learn
        "weight_matrix" | "vishid" | "kernel" | "parameter_w" | "quadratic_coef" => Some(false),
        _ => None,
    }
}

/// Whether an array of this name is what a training keeps beside its machine: moments of an
/// optimiser (`first` and `second` of our own runs), gradients, chains, random states. Whole parts
/// of the name count: `optimal.W` is none.
pub(super) fn of_training(name: &str) -> bool {
    const PARTS: [&str; 21] = [
        "adam",
        "optimizer",
        "optimiser",
        "optim",
        "opt_state",
        "momentum",
        "velocity",
        "grad",
        "grads",
        "gradients",
        "first",
        "second",
        "rng",
        "random_state",
        "hyperparameters",
        "flags",
        "history",
        "parallel_chains",
        "x_pc",
        "h_samples",
        "alltime",
    ];
    name.to_ascii_lowercase().split(['.', '/']).any(|part| {
        let part = part.trim_matches('_');
        let ends = ["_momentum", "_grad", "_velocity"].iter().any(|end| part.ends_with(end));
        let begins = ["exp_avg", "torch_rng", "numpy_rng", "num_batches"].iter().any(|begin| part.starts_with(begin));
        PARTS.contains(&part) || ends || begins
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_the_tools_have_their_roles() {
        for (name, expected) in [
            ("W", Role::Weights),
            ("update_100/params/weight_matrix", Role::Weights),
            ("components_", Role::Weights),
            ("W1000", Role::Weights),
            ("W:0", Role::Weights),
            ("rbm_am.visible_bias", Role::VisibleBias),
            ("_visible_biases", Role::VisibleBias),
            ("vbias1000", Role::VisibleBias),
            ("hidrecbiases", Role::HiddenBias),
            ("bh:0", Role::HiddenBias),
            ("ov", Role::VisibleOffset),
            ("scale_h", Role::HiddenScale),
            ("beta", Role::Beta),
        ] {
            assert_eq!(role(&stem(name).0), Some(expected), "{name}");
        }
        assert_eq!((role(&stem("b1").0), stem("b1").1, role("loss")), (Some(Role::HiddenBias), Some(1), None));
        assert_eq!((stem("weights_12"), stem("100")), (("weights".into(), Some(12)), ("100".into(), None)));
        assert_eq!((folder("a.b/c"), folder("c")), ("a.b/", ""));
        let updates = ["update_100/params/W", "x/epoch-3.W", "J12/w", "layers_1/W", "W"].map(update_of);
        assert_eq!(updates, [Some(100), Some(3), Some(12), None, None]);
    }
}
