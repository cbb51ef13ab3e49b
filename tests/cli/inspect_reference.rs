//! `inspect` against what numpy says of the same files on its own: tests/reference/inspect.py,
//! where every tolerance is derived beside its value.

use super::json;
use serde_json::Value;

/// Asserts that a number is within the tolerance of the expected one, or null where null is
/// expected.
fn close(found: &Value, expected: &Value, what: &str) {
    if expected.is_null() {
        return assert!(found.is_null(), "{what}: {found} instead of null");
    }
    let number = |value: &Value| value.as_f64().unwrap_or_else(|| panic!("{what}: {value} is no number"));
    let (found, value, tolerance) = (number(found), number(&expected["value"]), number(&expected["tolerance"]));
    assert!((found - value).abs() <= tolerance, "{what}: {found} instead of {value} ± {tolerance}");
}

fn array<'a>(value: &'a Value, what: &str) -> &'a [Value] {
    value.as_array().unwrap_or_else(|| panic!("{what}: {value} is no array"))
}

/// The listed modes: of those whose λ is not degenerate everything, of all whether there is a
/// saddle.
fn modes(found: &Value, expected: &Value, name: &str) {
    for (at, mode) in array(&found["modes"], name).iter().enumerate() {
        let positive = (at as u64) < expected["rank"].as_u64().expect("a rank");
        assert_eq!(mode["saddle"].is_array(), positive, "{name}: mode {}: {}", at + 1, mode["saddle"]);
    }
    for expected in array(&expected["modes"], name) {
        let at = expected["index"].as_u64().expect("an index") as usize - 1;
        let mode = &found["modes"][at];
        for (key, expected) in expected.as_object().expect("a mode") {
            let what = format!("{name}: mode {}: {key}", at + 1);
            match (key.as_str(), expected) {
                ("index", _) | (_, Value::Bool(_)) => assert_eq!(&mode[key], expected, "{what}"),
                ("autocorrelation_measured", _) => close(&mode[key]["mean"], expected, &what),
                (_, Value::Array(pair)) => {
                    for (part, expected) in pair.iter().enumerate() {
                        close(&mode[key][part], expected, &what);
                    }
                }
                _ => close(&mode[key], expected, &what),
            }
        }
    }
}

/// Outliers, planted strengths, the width of the bulk.
fn spectrum(found: &Value, expected: &Value, name: &str) {
    let spectrum = &found["spectrum"];
    if let Some(outliers) = expected.get("outliers") {
        assert_eq!(&spectrum["outliers"], outliers, "{name}: {spectrum}");
    }
    if let Some(planted) = expected.get("planted") {
        close(&spectrum["planted_strengths"][0], planted, &format!("{name}: planted strength"));
        // Within three of the errors that the program states, which are bounds of a standard
        // deviation.
        let stated = spectrum["planted_errors"][0].as_f64().expect("an error");
        let within = serde_json::json!({ "value": planted["value"], "tolerance": 3.0 * stated });
        close(&spectrum["planted_strengths"][0], &within, &format!("{name}: planted strength and its error"));
    }
    if let Some(sigma) = expected.get("sigma") {
        let ends = |value: &Value| [0, 1].map(|at| value[at].as_f64().expect("an end of an interval"));
        let ([low, high], [from, to]) = (ends(&spectrum["sigma_interval"]), ends(sigma));
        assert!(low <= to && from <= high, "{name}: σ in {low} to {high}, of the entries {from} to {to}");
    }
    if expected.get("bulk") == Some(&Value::Bool(false)) {
        assert!(spectrum["sigma"].is_null() && spectrum["why"]["spectrum"].is_string(), "{name}: {spectrum}");
    }
}

/// Largest gains at mean-field fixed points.
fn mean_field(found: &Value, expected: &Value, name: &str) {
    let (non_converging, expected) = (&found["non_converging"], &expected["mean_field"]);
    let gains = array(&non_converging["mean_field_gain"], name);
    assert!(!gains.is_empty(), "{name}: no fixed point");
    if expected["unique"] == true {
        assert_eq!(gains.len(), 1, "{name}: λ₁ below 4, the map contracts to one point: {gains:?}");
        assert_eq!(non_converging["bias_aware"], expected["count_from_half"], "{name}");
        close(&gains[0], &expected["from_half"], &format!("{name}: gain"));
    } else if let Some(known) = expected.get("known") {
        // One of many stationary points: all that a search from thousands of starts finds, to nine
        // digits.
        let known: Vec<f64> = array(known, name).iter().map(|gain| gain.as_f64().expect("a gain")).collect();
        for gain in gains.iter().map(|gain| gain.as_f64().expect("a gain")) {
            let one = known.iter().any(|known| (known - gain).abs() < 1e-7);
            assert!(one, "{name}: {gain} is the gain of no known fixed point (the search is in inspect.py)");
        }
    } else {
        let value = expected["from_half"]["value"].as_f64().expect("a gain");
        let tolerance = expected["from_half"]["tolerance"].as_f64().expect("a tolerance");
        let one = gains.iter().any(|gain| (gain.as_f64().expect("a gain") - value).abs() <= tolerance);
        assert!(one, "{name}: {value} is not among {gains:?}");
    }
}

/// ln Z and the reaction at zero field.
fn log_partition_and_reaction(found: &Value, expected: &Value, name: &str) {
    let ln_z = &found["log_partition"];
    close(&ln_z["exact"], expected.get("log_z").unwrap_or(&Value::Null), &format!("{name}: ln Z"));
    // Left out where what it leaves out is large, and above βλ = 4.
    if !ln_z["gaussian"].is_null() || ["zero", "one", "noise"].contains(&name) {
        let expected = expected.get("gaussian_log_z").unwrap_or(&Value::Null);
        close(&ln_z["gaussian"], expected, &format!("{name}: Gaussian ln Z"));
    }
    match expected.get("onsager") {
        None => {}
        Some(Value::Null) => {
            assert!(found["onsager"].is_null() && found["why"]["onsager"].is_string(), "{name}: {}", found["onsager"]);
            assert!(ln_z["onsager"].is_null() && ln_z["why"]["onsager"].is_string(), "{name}: {ln_z}");
        }
        Some(expected) => {
            for key in ["A", "B", "glass_parameter"] {
                close(&found["onsager"][key], &expected[key], &format!("{name}: {key}"));
            }
            close(&ln_z["onsager"], &expected["log_z"], &format!("{name}: ln Z with the reaction"));
        }
    }
    if let Some(count) = expected.get("onsager_count") {
        assert_eq!(&found["non_converging"]["onsager"], count, "{name}");
    }
}

fn agrees(name: &str) {
    let reference: Value = serde_json::from_str(include_str!("../reference/inspect.json")).expect("JSON");
    let machines = array(&reference["machines"], "machines");
    let expected = machines.iter().find(|machine| machine["name"] == name).expect("a machine of this name");
    let file = expected["file"].as_str().expect("a file");
    let file = format!("{}/tests/reference/inspect/{file}", env!("CARGO_MANIFEST_DIR"));
    let found = json(&["inspect", "--json", "--quiet", &file]);

    assert_eq!((&found["visible"], &found["hidden"]), (&expected["visible"], &expected["hidden"]), "{name}");
    let lambdas = array(&expected["singular_values"], name);
    assert_eq!(array(&found["singular_values"], name).len(), lambdas.len(), "{name}");
    for (at, lambda) in lambdas.iter().enumerate() {
        let expected = serde_json::json!({ "value": lambda, "tolerance": expected["singular_tolerance"] });
        close(&found["singular_values"][at], &expected, &format!("{name}: λ {}", at + 1));
    }
    assert_eq!(found["non_converging"]["gaussian"], expected["gaussian"], "{name}");
    for key in ["leading_ipr_over_haar", "even_overlap"] {
        if let Some(expected) = expected.get(key) {
            close(&found["rotation"][key], expected, &format!("{name}: {key}"));
        }
    }
    if let Some(uncoupled) = expected.get("uncoupled") {
        let counts = [&found["uncoupled"]["visible"], &found["uncoupled"]["hidden"]];
        assert_eq!(counts, [&uncoupled[0], &uncoupled[1]], "{name}");
    }
    modes(&found, expected, name);
    spectrum(&found, expected, name);
    mean_field(&found, expected, name);
    log_partition_and_reaction(&found, expected, name);
}

#[test]
fn a_trained_machine_is_as_numpy_says() {
    agrees("trained");
}

#[test]
fn noise_and_heavy_tails_are_as_numpy_says() {
    agrees("noise");
    agrees("heavy");
}

#[test]
fn spikes_are_as_numpy_says() {
    agrees("spike");
    agrees("below_threshold");
    agrees("zero_field_spike");
}

#[test]
fn machines_at_zero_field_are_as_numpy_says() {
    agrees("glass");
    agrees("paramagnet");
}

#[test]
fn wide_deficient_zero_and_tiny_machines_are_as_numpy_says() {
    for name in ["wide", "rank_three", "zero", "one"] {
        agrees(name);
    }
}
