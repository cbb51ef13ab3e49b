//! Figures of the claim.

use crate::evidence::Missing;
use super::names::{tables};
use super::history::{CRITICAL, LEADING, SHOWN};
use super::quantities::random_roughness;
use super::regimes;
use crate::dossier::Dossier;
use crate::evidence::{Evidence, Table};
use crate::figure::{Axis, Contours, Figure, Panel, Role, Scale, Series};

pub(super) fn figures(dossier: &Dossier) -> Result<Vec<Figure>, Missing> {
    let Some(regime) = dossier.regime(&regimes::MNIST) else { return Vec::new() };
    let grey = regime.falsifiers.iter().find(|trial| trial.id == "values-permuted").map(|trial| &trial.evidence);
    [
        spectrum_figure(&regime.evidence, grey),
        symmetry_figure(&regime.evidence, grey),
        modes_figure(&regime.evidence, grey),
        counts_figure(&regime.evidence, grey),
        positions_figure(&regime.evidence),
        likelihood_figure(&regime.evidence),
        digits_figure(&regime.evidence),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The points (x, y) of the rows whose columns `fixed` have the given values.
fn pick(table: &Table, fixed: &[(&str, f64)], x: &str, y: &str) -> Vec<(f64, f64)> {
    let columns: Vec<(Vec<f64>, f64)> = fixed.iter().map(|&(name, value)| (table.column(name)?, value)).collect();
    let (xs, ys) = (table.column(x)?, table.column(y)?);
    let wanted = |&row: &usize| columns.iter().all(|(column, value)| column[row] == *value);
    (0..xs.len()).filter(wanted).map(|row| (xs[row], ys[row])).collect()
}

/// Distinct values of a column, ascending.
fn distinct(table: &Table, name: &str) -> Vec<f64> {
    let mut values = table.column(name)?;
    values.sort_by(f64::total_cmp);
    values.dedup();
    values
}

fn spectrum_figure(evidence: &Evidence, grey: Option<&Evidence>) -> Result<Figure, Missing> {
    let table = evidence.table(tables::SINGULAR_VALUES)?;
    let updates = distinct(table, "update");
    let ends = [*updates.first()?, *updates.last()?];
    let panels = distinct(table, "hidden").into_iter().filter_map(|hidden| {
        let trace = |table: &Table, mode: usize| {
            pick(table, &[("hidden", hidden), ("replica", 0.0), ("mode", mode as f64)], "update", "lambda")
        };
        let mut series = Vec::new();
        let falsified = grey.and_then(|e| e.table(tables::SINGULAR_VALUES)).map(|table| trace(table, 1));
        if let Some(points) = falsified.filter(|points| !points.is_empty()) {
            series.push(Series::line("mode 1, independent pixels", Role::Falsifier, points));
        }
        for mode in 1..=4 {
            let points = trace(table, mode);
            series.push(Series { connect: true, ..Series::points(&format!("mode {mode}"), Role::Measurement, points) });
        }
        series.push(Series::line("4/β", Role::Guide, ends.map(|t| (t, CRITICAL)).to_vec()));
        for (_, edge) in pick(evidence.table(tables::EDGES)?, &[("hidden", hidden)], "hidden", "edge") {
            series.push(Series::line("edge of the untrained bulk", Role::Prediction, ends.map(|t| (t, edge)).to_vec()));
        }
        Some(Panel {
            title: format!("M = {hidden}"),
            x: Axis::linear("t, updates"),
            y: Axis { label: "λ, singular value (energy)".into(), scale: Scale::Log },
            series,
            contours: None,
        })
    });
    Ok(Figure {
        name: "T08_singular_values",
        title: "Modes leave the bulk one after another".into(),
        caption: "Leading singular values of W during training on MNIST, replica 0. Grey: the same training on images \
                  whose pixels were made independent, where there is nothing to learn."
            .into(),
        panels: panels.collect(),
    })
}

/// Height and width of an image in pixels.
fn image_shape(evidence: &Evidence) -> Option<(usize, usize)> {
    let row = evidence.table(tables::IMAGE)?.rows.first()?;
    Some((row[0] as usize, row[1] as usize))
}

fn modes_figure(evidence: &Evidence, grey: Option<&Evidence>) -> Result<Figure, Missing> {
    let [pictures, rough, spectra, captured] =
        ["modes", "roughness", "spectra", "captured"].map(|name| evidence.table(name));
    let (pictures, rough, spectra, captured) = (pictures?, rough?, spectra?, captured?);
    let sizes = distinct(spectra, "hidden");
    let largest = *sizes.last()?;
    let (height, width) = image_shape(evidence)?;
    let mut panels = Vec::new();
    for mode in 1..=LEADING {
        let pixels = pick(pictures, &[("hidden", largest), ("mode", mode as f64)], "pixel", "u");
        let grid = |length: usize| (0..length).map(|at| at as f64).collect::<Vec<f64>>();
        // Rows of an image go down, the axis goes up.
        let z = (0..pixels.len()).map(|at| pixels[(height - 1 - at / width) * width + at % width].1).collect();
        panels.push(Panel {
            title: format!("left vector {mode}, M = {largest}"),
            x: Axis::linear("column (pixels)"),
            y: Axis::linear("row from below (pixels)"),
            series: Vec::new(),
            contours: Some(Contours { label: "u_j".into(), x: grid(width), y: grid(height), z }),
        });
    }
    let mut by_mode: Vec<Series> = grey
        .and_then(|e| e.table(tables::ROUGHNESS))
        .map(|table| {
            Series::line("independent pixels", Role::Falsifier, pick(table, &[("replica", 0.0)], "mode", "roughness"))
        })
        .into_iter()
        .collect();
    by_mode.extend(sizes.iter().map(|&hidden| {
        let points = pick(rough, &[("hidden", hidden), ("replica", 0.0)], "mode", "roughness");
        Series::points(&format!("M = {hidden}"), Role::Measurement, points)
    }));
    let random = random_roughness((height, width));
    by_mode.push(Series::line("random vector", Role::Prediction, vec![(1.0, random), (largest, random)]));
    panels.push(Panel {
        title: "spatial frequency by mode".into(),
        x: Axis { label: "i, mode (λ descending)".into(), scale: Scale::Log },
        y: Axis::linear("Σ (u_a − u_b)² over neighbouring pixels"),
        series: by_mode,
        contours: None,
    });
    panels.push(Panel {
        title: "singular values at the end".into(),
        x: Axis::linear("i/M, rank of the singular value"),
        y: Axis { label: "λ, singular value (energy)".into(), scale: Scale::Log },
        series: sizes
            .iter()
            .map(|&hidden| {
                let points = pick(spectra, &[("hidden", hidden)], "share", "lambda");
                Series::points(&format!("M = {hidden}"), Role::Measurement, points)
            })
            .chain([Series::line("4/β", Role::Guide, vec![(0.0, CRITICAL), (1.0, CRITICAL)])])
            .collect(),
        contours: None,
    });
    let mut shares: Vec<Series> = Vec::new();
    for split in distinct(captured, "split") {
        let points = pick(captured, &[("hidden", largest), ("replica", 0.0), ("split", split)], "update", "share");
        let coarse = split <= 4.0;
        let role = if coarse { Role::Measurement } else { Role::Guide };
        shares.push(Series { connect: true, ..Series::points(&format!("split {split}"), role, points) });
    }
    panels.push(Panel {
        title: format!("splits of the classes, coarse (1) to fine (9), M = {largest}"),
        x: Axis::linear("t, updates"),
        y: Axis::linear("share that a sweep keeps"),
        series: shares,
        contours: None,
    });
    Ok(Figure {
        name: "T08_modes",
        title: "What the modes of a trained machine look like".into(),
        caption: "Top: leading left singular vectors as images. Bottom left: roughness of every left vector, leading modes are smooth; \
                  independent pixels in grey. Middle: singular values after training. Right: how much of the directions that split \
                  the ten classes, by Ward's tree of their means, a sweep keeps, modes weighted by (βλ/4)², at most 1: coarse splits \
                  (solid) before fine ones (dashed)."
            .into(),
        panels,
    })
}

fn symmetry_figure(evidence: &Evidence, grey: Option<&Evidence>) -> Result<Figure, Missing> {
    let (symmetry, classes, vectors) =
        (evidence.table(tables::SYMMETRY)?, evidence.table(tables::CLASSES)?, evidence.table(tables::VECTORS)?);
    let sizes = distinct(symmetry, "hidden");
    let js = Panel {
        title: "rotational symmetry".into(),
        x: Axis::linear("t, updates"),
        y: Axis { label: "JS divergence from rotated W (nats)".into(), scale: Scale::Log },
        series: sizes
            .iter()
            .map(|&hidden| {
                let points = pick(symmetry, &[("hidden", hidden), ("replica", 0.0)], "update", "js");
                Series { connect: true, ..Series::points(&format!("M = {hidden}"), Role::Measurement, points) }
            })
            .chain(sizes.iter().map(|&hidden| {
                let points = pick(symmetry, &[("hidden", hidden), ("replica", 0.0)], "update", "floor");
                Series::line(&format!("floor, M = {hidden}"), Role::Guide, points)
            }))
            .collect(),
        contours: None,
    };
    let mut shares: Vec<Series> = grey
        .and_then(|e| e.table(tables::CLASSES))
        .map(|table| pick(table, &[("replica", 0.0)], "mode", "share"))
        .map(|points| Series::line("independent pixels", Role::Falsifier, points))
        .into_iter()
        .collect();
    shares.extend(sizes.iter().map(|&hidden| {
        let points = pick(classes, &[("hidden", hidden), ("replica", 0.0)], "mode", "share");
        Series::points(&format!("M = {hidden}"), Role::Measurement, points)
    }));
    let class = Panel {
        title: "class information by mode".into(),
        x: Axis { label: "i, mode (λ descending)".into(), scale: Scale::Log },
        y: Axis::linear("between-class share of var xᵢ"),
        series: shares,
        contours: None,
    };
    let last = *distinct(symmetry, "update").last()?;
    let against = |column: &str, fixed: &[(&str, f64)]| -> Vec<(f64, f64)> {
        let ends = pick(symmetry, fixed, "hidden", column);
        ends.into_iter().map(|(hidden, js)| (1.0 / hidden, js)).collect()
    };
    let size = Panel {
        title: format!("against the size, update {last}"),
        x: Axis::linear("1/M"),
        y: Axis::log("JS divergence from rotated W (nats)"),
        series: vec![
            Series::points("trained machines", Role::Measurement, against("js", &[("update", last)])),
            Series::line(
                "floor of an unbroken symmetry",
                Role::Guide,
                against("floor", &[("update", last), ("replica", 0.0)]),
            ),
        ],
        contours: None,
    };
    let updates = distinct(vectors, "update");
    let ends = [*updates.first()?, *updates.last()?];
    let chance = 10.0 / distinct(evidence.table(tables::MODES)?, "pixel").len() as f64;
    let mut inside: Vec<Series> = grey
        .and_then(|e| e.table(tables::VECTORS))
        .map(|table| pick(table, &[("replica", 0.0)], "update", "inside"))
        .map(|points| Series::line("independent pixels", Role::Falsifier, points))
        .into_iter()
        .collect();
    inside.extend(sizes.iter().map(|&hidden| {
        let points = pick(vectors, &[("hidden", hidden), ("replica", 0.0)], "update", "inside");
        Series { connect: true, ..Series::points(&format!("M = {hidden}"), Role::Measurement, points) }
    }));
    inside.push(Series::line("Haar vectors, 10/N", Role::Guide, ends.map(|t| (t, chance)).to_vec()));
    let vector = Panel {
        title: "vectors".into(),
        x: Axis::linear("t, updates"),
        y: Axis::log("share of u₁ to u₃ in ten directions of C − D"),
        series: inside,
        contours: None,
    };
    Ok(Figure {
        name: "T08_symmetry",
        title: "What learning breaks and where it puts information".into(),
        caption:
            "Top: Jensen-Shannon divergence between the entries of W and of its Haar rotation, with its floor for an unbroken \
                  symmetry, during training and against 1/M. Bottom: share of the leading left vectors inside the ten principal \
                  directions of the data, and share of each mode's variance that lies between digit classes, test images."
                .into(),
        panels: vec![js, size, vector, class],
    })
}

fn counts_figure(evidence: &Evidence, grey: Option<&Evidence>) -> Result<Figure, Missing> {
    let (vectors, spectra, edges) = (evidence.table(tables::VECTORS)?, evidence.table(tables::SPECTRA)?, evidence.table(tables::EDGES)?);
    let sizes = distinct(vectors, "hidden");
    let updates = distinct(vectors, "update");
    let ends = [*updates.first()?, *updates.last()?];
    let traced = |column: &str, label: &str, level: f64| -> Vec<Series> {
        let falsified = grey
            .and_then(|e| e.table(tables::VECTORS))
            .map(|table| pick(table, &[("replica", 0.0)], "update", column))
            .map(|points| Series::line("independent pixels", Role::Falsifier, points));
        let own = sizes.iter().map(|&hidden| {
            let points = pick(vectors, &[("hidden", hidden), ("replica", 0.0)], "update", column);
            Series { connect: true, ..Series::points(&format!("M = {hidden}"), Role::Measurement, points) }
        });
        let guide = (!label.is_empty()).then(|| Series::line(label, Role::Guide, ends.map(|t| (t, level)).to_vec()));
        falsified.into_iter().chain(own).chain(guide).collect()
    };
    // Density in ln λ, so that modes far apart are seen alike.
    let density = sizes.iter().map(|&hidden| {
        let logs: Vec<f64> = pick(spectra, &[("hidden", hidden)], "share", "lambda").iter().map(|p| p.1.ln()).collect();
        let bars = crate::stat::histogram::histogram(&logs, 0.1f64.ln(), 20f64.ln(), 18);
        let points = bars.into_iter().map(|(x, y)| (x.exp(), y)).collect();
        Series { connect: true, ..Series::points(&format!("M = {hidden}, trained"), Role::Measurement, points) }
    });
    let bulk = pick(edges, &[], "hidden", "edge").into_iter().map(|(hidden, edge)| {
        Series::line(&format!("edge of the untrained bulk, M = {hidden}"), Role::Guide, vec![(edge, 0.0), (edge, 0.8)])
    });
    Ok(Figure {
        name: "T08_counts",
        title: "Modes against training and hidden units".into(),
        caption: "Left: density of the singular values of trained machines; untrained ones end at the dashed edges. Middle: number of \
                  modes above 4/β. Right: largest singular value of D_v^(1/2) W D_h^(1/2) at the mean-field state reached from the \
                  data's means; it cannot exceed 1 there. Grey: independent pixels."
            .into(),
        panels: vec![
            Panel {
                title: "singular values after training".into(),
                x: Axis::log("λ, singular value (energy)"),
                y: Axis::linear("density of ln λ"),
                series: density.chain(bulk).collect(),
                contours: None,
            },
            Panel {
                title: "plain count".into(),
                x: Axis::linear("t, updates"),
                y: Axis::linear("modes with λ above 4/β"),
                series: traced("above", "", 0.0),
                contours: None,
            },
            Panel {
                title: "bias-aware value".into(),
                x: Axis::linear("t, updates"),
                y: Axis::linear("λ₁(D_v^(1/2) W D_h^(1/2))"),
                series: traced("aware", "limit of stability", 1.0),
                contours: None,
            },
        ],
    })
}

fn positions_figure(evidence: &Evidence) -> Result<Figure, Missing> {
    let positions = evidence.table(tables::POSITIONS)?;
    let largest = *distinct(positions, "hidden").last()?;
    let updates = distinct(positions, "update");
    let ends = [*updates.first()?, *updates.last()?];
    let walk = |label: &str, column: &str| {
        let points = pick(positions, &[("hidden", largest), ("replica", 0.0)], "update", column);
        Series { connect: true, ..Series::points(label, Role::Measurement, points) }
    };
    let mean = || Series::line("μ, uniform mean", Role::Guide, ends.map(|t| (t, 0.0)).to_vec());
    let far = |column: &str| {
        let saddle = pick(positions, &[("hidden", largest), ("replica", 0.0)], "update", column);
        let far = saddle.iter().rposition(|(_, z)| z.abs() >= 25.0).map_or(0, |at| at + 1);
        let label = "saddle, once nearer than 25";
        Series { connect: true, ..Series::points(label, Role::Measurement, saddle[far..].to_vec()) }
    };
    let panel = |title: &str, y: Axis, series: Vec<Series>| Panel {
        title: title.into(),
        x: Axis::linear("t, updates"),
        y,
        series,
        contours: None,
    };
    Ok(Figure {
        name: "T08_positions",
        title: format!("Where data and model lie, M = {largest}"),
        caption: "Left and middle: mean positions along the leading mode, from the uniform mean μ; jumps are where two singular values \
                  come close and their modes mix. Right: distances in the space of the leading three modes. The saddle starts far away, \
                  at a/λ with small λ, and comes near; data and samples leave μ together."
            .into(),
        panels: vec![
            panel(
                "u₁",
                Axis::linear("u₁ (units of one flipped bit)"),
                vec![walk("test data", "data_u"), walk("Gibbs samples", "chains_u"), far("saddle_u"), mean()],
            ),
            panel(
                "w₁",
                Axis::linear("w₁ (units of one flipped bit)"),
                vec![walk("test data", "data_w"), walk("Gibbs samples", "chains_w"), far("saddle_w"), mean()],
            ),
            panel(
                "leading three modes",
                Axis::log("distance (units of one flipped bit)"),
                vec![
                    walk("test data from μ", "data"),
                    walk("Gibbs samples from μ", "chains"),
                    walk("saddle from μ", "saddle"),
                    walk("samples from data", "apart"),
                ],
            ),
        ],
    })
}

fn likelihood_figure(evidence: &Evidence) -> Result<Figure, Missing> {
    let likelihood = evidence.table(tables::LIKELIHOOD)?;
    let largest = *distinct(likelihood, "hidden").last()?;
    let of = |column: &str| pick(likelihood, &[("hidden", largest)], "update", column);
    let bracketed = |middle: &str, half: &str| Series {
        errors: of(half).into_iter().map(|(_, half)| half).collect(),
        connect: true,
        ..Series::points("between the bounds of annealing", Role::Measurement, of(middle))
    };
    let panel = |title: &str, y: &str, series: Vec<Series>| Panel {
        title: format!("{title}, M = {largest}"),
        x: Axis::linear("t, updates"),
        y: Axis::linear(y),
        series,
        contours: None,
    };
    Ok(Figure {
        name: "T08_likelihood",
        title: "Partition function and likelihood during training".into(),
        caption: "ln Z and the mean log-likelihood of test images, every sixth of the training; bars are the bracket of annealing forward (from \
                  independent units) and backward (from the persistent chains). Grey: independent pixels with the images' means."
            .into(),
        panels: vec![
            panel("ln Z", "ln Z (nats)", vec![bracketed("ln_z", "ln_z_half")]),
            panel(
                "log-likelihood",
                "ln p of a test image (nats)",
                vec![
                    Series::line("independent pixels", Role::Falsifier, of("independent")),
                    bracketed("middle", "half"),
                ],
            ),
        ],
    })
}

/// Images and what the machine makes of them.
fn digits_figure(evidence: &Evidence) -> Result<Figure, Missing> {
    let (samples, decoded, decoding) =
        (evidence.table(tables::SAMPLES)?, evidence.table(tables::DECODED)?, evidence.table(tables::DECODING)?);
    let largest = *distinct(samples, "hidden").last()?;
    let (height, width) = image_shape(evidence)?;
    let across = SHOWN.len();
    // Place of a pixel in a mosaic of four rows of images, two white pixels between; rows of images go down, the axis goes up.
    let place = |row: usize, column: usize, pixel: f64| {
        let pixel = pixel as usize;
        let down = row * (height + 2) + pixel / width;
        ((column * (width + 2) + pixel % width) as f64, (4 * (height + 2) - 1 - down) as f64)
    };
    let drawn: Vec<(f64, f64, f64)> = pick(samples, &[("hidden", largest)], "image", "pixel")
        .into_iter()
        .map(|(image, pixel)| {
            let (x, y) = place(image as usize / across, image as usize % across, pixel);
            (x, y, 1.0)
        })
        .collect();
    let shown: Vec<(f64, f64, f64)> = decoded
        .rows
        .iter()
        .map(|row| {
            let (x, y) = place(row[1] as usize, row[2] as usize, row[3]);
            (x, y, row[4])
        })
        .collect();
    let mosaic = |title: String, label: &str, pixels: &[(f64, f64, f64)]| Panel {
        title,
        x: Axis::linear("column (pixels)"),
        y: Axis::linear("row from below (pixels)"),
        series: vec![Series::pixels(label, Role::Measurement, pixels)],
        contours: None,
    };
    let error = |label: &str, column: &str| {
        let points = pick(decoding, &[], "hidden", column);
        Series::points(label, Role::Measurement, points)
    };
    Ok(Figure {
        name: "T08_digits",
        title: "What the machine draws, and which directions carry it".into(),
        caption: "Left: samples of the persistent chains at the end. Middle, from the top: test images; decoded v → h → v by means; with \
                  the trailing three quarters of the left vectors rotated at random; with the leading quarter rotated. \
                  Right: error of decoding for these, all machines."
            .into(),
        panels: vec![
            mosaic(format!("samples, M = {largest}"), "pixel on", &drawn),
            mosaic(format!("test images decoded, M = {largest}"), "mean of the pixel", &shown),
            Panel {
                title: "error of decoding".into(),
                x: Axis::log("M, hidden units"),
                y: Axis::linear("Σ (mean − pixel)² an image"),
                series: vec![
                    error("as trained", "whole"),
                    error("trailing 3/4 rotated", "trailing"),
                    error("leading 1/4 rotated", "leading"),
                    error("all rotated", "all"),
                ],
                contours: None,
            },
        ],
    })
}
