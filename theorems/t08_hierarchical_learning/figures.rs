//! Figures of the claim.

use super::history::{CRITICAL, LEADING, SHOWN};
use super::names::{columns, tables};
use super::quantities::random_roughness;
use super::{falsifiers, regimes};
use crate::dossier::Dossier;
use crate::evidence::{Column, Evidence, Missing, Table};
use crate::figure::{Axis, Contours, Figure, Panel, Role, Series};
use crate::stat::histogram::histogram;
use crate::theorem::drawn;

pub(super) fn figures(dossier: &Dossier) -> Result<Vec<Figure>, Missing> {
    // Without trained machines there are no figures.
    let regime = match dossier.regime(&regimes::MNIST) {
        Err(Missing::Regime(_)) => return Ok(Vec::new()),
        regime => regime?,
    };
    let (evidence, grey) = (&regime.evidence, regime.falsified(&falsifiers::VALUES_PERMUTED)?);
    let (height, width) = image_shape(evidence)?;
    let figures = drawn([
        spectrum_figure(evidence, grey),
        symmetry_figure(evidence, grey),
        modes_figure(evidence, grey),
        counts_figure(evidence, grey),
        positions_figure(evidence),
        likelihood_figure(evidence),
        digits_figure(evidence),
    ])?;
    let of = |figure: Figure| Figure {
        caption: format!("{} N = {} pixels; biases start at the pixel means.", figure.caption, height * width),
        ..figure
    };
    Ok(figures.into_iter().map(of).collect())
}

/// Rows of the first replica.
const FIRST: (Column, f64) = (columns::REPLICA, 0.0);

/// The points (x, y) of the rows whose columns `fixed` have the given values.
fn pick(table: &Table, fixed: &[(Column, f64)], x: Column, y: Column) -> Result<Vec<(f64, f64)>, Missing> {
    let fixed = fixed.iter().map(|&(column, value)| Ok((table.column(column)?, value)));
    let fixed: Vec<(Vec<f64>, f64)> = fixed.collect::<Result<_, Missing>>()?;
    let (xs, ys) = (table.column(x)?, table.column(y)?);
    let wanted = |&row: &usize| fixed.iter().all(|(column, value)| column[row] == *value);
    Ok((0..xs.len()).filter(wanted).map(|row| (xs[row], ys[row])).collect())
}

/// Distinct values of a column, ascending.
fn distinct(table: &Table, column: Column) -> Result<Vec<f64>, Missing> {
    let mut values = table.column(column)?;
    values.sort_by(f64::total_cmp);
    values.dedup();
    Ok(values)
}

/// Smallest and largest value of a column. A table without rows counts as missing.
fn extremes(table: &Table, column: Column) -> Result<[f64; 2], Missing> {
    let values = distinct(table, column)?;
    let ends = values.first().zip(values.last());
    ends.map(|(first, last)| [*first, *last]).ok_or(Missing::Table(table.name))
}

/// One connected series per number of hidden units, replica 0, against updates.
fn by_update(table: &Table, sizes: &[f64], column: Column) -> Result<Vec<Series>, Missing> {
    let of = |&hidden: &f64| {
        let points = pick(table, &[(columns::HIDDEN, hidden), FIRST], columns::UPDATE, column)?;
        Ok(Series { connect: true, ..Series::points(&format!("M = {hidden}"), Role::Measurement, points) })
    };
    sizes.iter().map(of).collect()
}

/// The same against the mode, without lines.
fn by_mode(table: &Table, sizes: &[f64], column: Column) -> Result<Vec<Series>, Missing> {
    let of = |&hidden: &f64| {
        let points = pick(table, &[(columns::HIDDEN, hidden), FIRST], columns::MODE, column)?;
        Ok(Series::points(&format!("M = {hidden}"), Role::Measurement, points))
    };
    sizes.iter().map(of).collect()
}

/// The falsifier's line, replica 0.
fn independent(table: &Table, x: Column, y: Column) -> Result<Series, Missing> {
    Ok(Series::line("independent pixels", Role::Falsifier, pick(table, &[FIRST], x, y)?))
}

fn spectrum_figure(evidence: &Evidence, grey: &Evidence) -> Result<Figure, Missing> {
    let table = evidence.table(tables::SINGULAR_VALUES)?;
    let (edges, falsified) = (evidence.table(tables::EDGES)?, grey.table(tables::SINGULAR_VALUES)?);
    let ends = extremes(table, columns::UPDATE)?;
    let [smallest, _] = extremes(table, columns::HIDDEN)?;
    let (height, width) = image_shape(evidence)?;
    let panel = |hidden: f64| -> Result<Panel, Missing> {
        let trace = |table: &Table, hidden: f64, mode: usize| {
            let fixed = [(columns::HIDDEN, hidden), FIRST, (columns::MODE, mode as f64)];
            pick(table, &fixed, columns::UPDATE, columns::LAMBDA)
        };
        let mut series = Vec::new();
        for (_, edge) in pick(edges, &[(columns::HIDDEN, hidden)], columns::HIDDEN, columns::EDGE)? {
            // λ± = s(√N ± √M)
            let [n, m] = [(height * width) as f64, hidden].map(f64::sqrt);
            let bulk = (edge * (n - m).abs() / (n + m), edge);
            series.push(Series::band("untrained bulk", Role::Prediction, ends, bulk));
        }
        // The falsifier runs at the smallest size only, which is shown beside all.
        let label = format!("mode 1 of independent pixels, M = {smallest}");
        series.push(Series::line(&label, Role::Falsifier, trace(falsified, smallest, 1)?));
        for mode in 1..=4 {
            let points = trace(table, hidden, mode)?;
            series.push(Series { connect: true, ..Series::points(&format!("mode {mode}"), Role::Measurement, points) });
        }
        series.push(Series::line("4/β", Role::Guide, ends.map(|t| (t, CRITICAL)).to_vec()));
        Ok(Panel::new(format!("M = {hidden}"), Axis::linear("t, updates"), Axis::log("λ, singular value (energy)"))
            .with(series))
    };
    let panels = distinct(table, columns::HIDDEN)?.into_iter().map(panel).collect::<Result<_, _>>()?;
    Ok(Figure {
        name: "T08_singular_values",
        title: "Modes leave the bulk one after another".into(),
        caption: format!(
            "Leading singular values of W ({} pixels x M hidden units) during training on MNIST, one run each. They leave the bulk of the untrained machine (band) and pass 4/β one after another. Grey: training on images with independent pixels, where there is nothing to learn but the means.",
            height * width
        ),
        panels,
    }
    .sharing_y())
}

/// Height and width of an image in pixels.
fn image_shape(evidence: &Evidence) -> Result<(usize, usize), Missing> {
    let table = evidence.table(tables::IMAGE)?;
    let ([_, height], [_, width]) = (extremes(table, columns::HEIGHT)?, extremes(table, columns::WIDTH)?);
    Ok((height as usize, width as usize))
}

fn modes_figure(evidence: &Evidence, grey: &Evidence) -> Result<Figure, Missing> {
    let (pictures, rough) = (evidence.table(tables::MODES)?, evidence.table(tables::ROUGHNESS)?);
    let (spectra, captured) = (evidence.table(tables::SPECTRA)?, evidence.table(tables::CAPTURED)?);
    let sizes = distinct(spectra, columns::HIDDEN)?;
    let [_, largest] = extremes(spectra, columns::HIDDEN)?;
    let (height, width) = image_shape(evidence)?;
    let mut panels = Vec::new();
    for mode in 1..=LEADING {
        let fixed = [(columns::HIDDEN, largest), (columns::MODE, mode as f64)];
        let pixels = pick(pictures, &fixed, columns::PIXEL, columns::U)?;
        let title = format!("left vector {mode}, M = {largest}");
        if height < 2 || width < 2 {
            // No picture: samples of one line.
            let entries = Series::points("entries", Role::Measurement, pixels);
            panels.push(Panel::new(title, Axis::linear("j, unit"), Axis::linear("u_j")).with([entries]));
            continue;
        }
        let grid = |length: usize| (0..length).map(|at| at as f64).collect::<Vec<f64>>();
        // Image rows count downwards, the axis counts upwards.
        let z = (0..pixels.len()).map(|at| pixels[(height - 1 - at / width) * width + at % width].1).collect();
        let picture = Contours { label: "u_j".into(), x: grid(width), y: grid(height), z, pixels: true };
        panels.push(
            Panel::new(title, Axis::linear("column (pixels)"), Axis::linear("row from below (pixels)")).over(picture),
        );
    }
    let mut frequencies = vec![independent(grey.table(tables::ROUGHNESS)?, columns::MODE, columns::ROUGHNESS)?];
    frequencies.extend(by_mode(rough, &sizes, columns::ROUGHNESS)?);
    let random = random_roughness((height, width));
    frequencies.push(Series::line("random vector", Role::Prediction, vec![(1.0, random), (largest, random)]));
    panels.push(
        Panel::new(
            "roughness by mode",
            Axis::log("i, mode (λ descending)"),
            Axis::linear("Σ (u_a − u_b)² over neighbouring pixels"),
        )
        .with(frequencies),
    );
    let mut ranked: Vec<Series> = Vec::new();
    for &hidden in &sizes {
        let points = pick(spectra, &[(columns::HIDDEN, hidden)], columns::SHARE, columns::LAMBDA)?;
        ranked.push(Series::points(&format!("M = {hidden}"), Role::Measurement, points));
    }
    ranked.push(Series::line("4/β", Role::Guide, vec![(0.0, CRITICAL), (1.0, CRITICAL)]));
    panels.push(
        Panel::new(
            "singular values at the end",
            Axis::linear("i/M, rank of the singular value"),
            Axis::log("λ, singular value (energy)"),
        )
        .with(ranked),
    );
    let mut shares: Vec<Series> = Vec::new();
    for split in distinct(captured, columns::SPLIT)? {
        let fixed = [(columns::HIDDEN, largest), FIRST, (columns::SPLIT, split)];
        let points = pick(captured, &fixed, columns::UPDATE, columns::SHARE)?;
        let coarse = split <= 4.0;
        let role = if coarse { Role::Measurement } else { Role::Guide };
        shares.push(Series { connect: true, ..Series::points(&format!("split {split}"), role, points) });
    }
    panels.push(
        Panel::new(
            format!("class splits, coarse (1) to fine (9), M = {largest}"),
            Axis::linear("t, updates"),
            Axis::linear("share in modes, weighted by (βλ/4)²"),
        )
        .with(shares),
    );
    Ok(Figure {
        name: "T08_modes",
        title: "Modes of a trained machine".into(),
        caption: format!(
            "(a) to (c): leading left singular vectors{}. (d): roughness of the left vectors; leading modes are smooth (grey: independent pixels). (e): singular values after training. (f): share of the directions between the ten classes (Ward's tree of their means) that lies in the modes, each weighted by (βλ/4)², at most 1, by which a sweep keeps it in the Gaussian picture: coarse splits (solid) as a whole before fine ones (dashed).",
            if height < 2 || width < 2 { "" } else { " as images" }
        ),
        panels,
    })
}

fn symmetry_figure(evidence: &Evidence, grey: &Evidence) -> Result<Figure, Missing> {
    let (symmetry, classes, vectors) =
        (evidence.table(tables::SYMMETRY)?, evidence.table(tables::CLASSES)?, evidence.table(tables::VECTORS)?);
    let sizes = distinct(symmetry, columns::HIDDEN)?;
    let mut divergences = by_update(symmetry, &sizes, columns::JS)?;
    for &hidden in &sizes {
        let points = pick(symmetry, &[(columns::HIDDEN, hidden), FIRST], columns::UPDATE, columns::FLOOR)?;
        divergences.push(Series::line(&format!("floor, M = {hidden}"), Role::Guide, points));
    }
    let js = Panel::new(
        "rotational symmetry",
        Axis::linear("t, updates"),
        Axis::log("JS divergence of W and rotated W (nats)"),
    )
    .with(divergences);
    let mut shares = vec![independent(grey.table(tables::CLASSES)?, columns::MODE, columns::SHARE)?];
    shares.extend(by_mode(classes, &sizes, columns::SHARE)?);
    let class = Panel::new(
        "class information by mode",
        Axis::log("i, mode (λ descending)"),
        Axis::linear("between-class share of var xᵢ"),
    )
    .with(shares);
    let [_, last] = extremes(symmetry, columns::UPDATE)?;
    let against = |column: Column, fixed: &[(Column, f64)]| -> Result<Vec<(f64, f64)>, Missing> {
        let ends = pick(symmetry, fixed, columns::HIDDEN, column)?;
        Ok(ends.into_iter().map(|(hidden, js)| (1.0 / hidden, js)).collect())
    };
    let at_last = (columns::UPDATE, last);
    let size = Panel::new(
        format!("divergence against size, update {last}"),
        Axis::linear("1/M"),
        Axis::log("JS divergence of W and rotated W (nats)"),
    )
    .with(vec![
        Series::points("trained machines", Role::Measurement, against(columns::JS, &[at_last])?),
        Series::points("floor of an unbroken symmetry", Role::Prediction, against(columns::FLOOR, &[at_last, FIRST])?),
    ]);
    let ends = extremes(vectors, columns::UPDATE)?;
    let chance = 10.0 / distinct(evidence.table(tables::MODES)?, columns::PIXEL)?.len() as f64;
    let mut inside = vec![independent(grey.table(tables::VECTORS)?, columns::UPDATE, columns::INSIDE)?];
    inside.extend(by_update(vectors, &sizes, columns::INSIDE)?);
    inside.push(Series::line("Haar vectors, 10/N", Role::Guide, ends.map(|t| (t, chance)).to_vec()));
    let vector = Panel::new(
        "alignment with the data",
        Axis::linear("t, updates"),
        Axis::log("share of u₁ to u₃ in ten directions of C − D"),
    )
    .with(inside);
    Ok(Figure {
        name: "T08_symmetry",
        title: "Broken rotational symmetry, and the modes that carry information".into(),
        caption:
            "(a), (b): Jensen-Shannon divergence between the entries of W and of its Haar rotation, with its floor for an unbroken symmetry, during training and against 1/M. (c): share of the leading left vectors in the ten principal directions of the data, C − D the covariance of the pixels without its diagonal. (d): between-class share of the variance of each mode on test images."
                .into(),
        panels: vec![js, size, vector, class],
    })
}

fn counts_figure(evidence: &Evidence, grey: &Evidence) -> Result<Figure, Missing> {
    let (vectors, spectra, edges) =
        (evidence.table(tables::VECTORS)?, evidence.table(tables::SPECTRA)?, evidence.table(tables::EDGES)?);
    let sizes = distinct(vectors, columns::HIDDEN)?;
    let ends = extremes(vectors, columns::UPDATE)?;
    let falsified = grey.table(tables::VECTORS)?;
    let traced = |column: Column| -> Result<Vec<Series>, Missing> {
        let mut series = vec![independent(falsified, columns::UPDATE, column)?];
        series.extend(by_update(vectors, &sizes, column)?);
        Ok(series)
    };
    let mut gain = traced(columns::AWARE)?;
    gain.push(Series::line("limit of stability", Role::Guide, ends.map(|t| (t, 1.0)).to_vec()));
    // The density is that of ln λ, which shows modes of very different λ equally well.
    let mut density = Vec::new();
    for &hidden in &sizes {
        let lambdas = pick(spectra, &[(columns::HIDDEN, hidden)], columns::SHARE, columns::LAMBDA)?;
        let logs: Vec<f64> = lambdas.iter().map(|p| p.1.ln()).collect();
        let bars = histogram(&logs, 0.1f64.ln(), 20f64.ln(), 18);
        let points = bars.into_iter().map(|(x, y)| (x.exp(), y)).collect();
        let label = format!("M = {hidden}");
        density.push(Series { connect: true, ..Series::points(&label, Role::Measurement, points) });
    }
    for (hidden, edge) in pick(edges, &[], columns::HIDDEN, columns::EDGE)? {
        let label = format!("untrained edge, M = {hidden}");
        density.push(Series::line(&label, Role::Guide, vec![(edge, 0.0), (edge, 0.8)]));
    }
    Ok(Figure {
        name: "T08_counts",
        title: "Number of modes against training and hidden units".into(),
        caption: "(a): density of the singular values of trained machines; those of untrained machines end at the dashed edges. (b): number of modes above 4/β. (c): mean-field gain, the largest singular value of √D_v W √D_h with D = diag p(1 − p), at the mean-field state reached from the data's means, where it cannot exceed 1. Grey: independent pixels."
            .into(),
        panels: vec![
            Panel::new("singular values after training", Axis::log("λ, singular value (energy)"), Axis::linear("density of ln λ")).with(density),
            Panel::new("modes above 4/β", Axis::linear("t, updates"), Axis::count("modes with λ above 4/β")).with(traced(columns::ABOVE)?),
            Panel::new("mean-field gain", Axis::linear("t, updates"), Axis::linear("λ₁(√D_v W √D_h), largest gain")).with(gain),
        ],
    })
}

fn positions_figure(evidence: &Evidence) -> Result<Figure, Missing> {
    let positions = evidence.table(tables::POSITIONS)?;
    let [_, largest] = extremes(positions, columns::HIDDEN)?;
    let ends = extremes(positions, columns::UPDATE)?;
    let of = |column: Column| pick(positions, &[(columns::HIDDEN, largest), FIRST], columns::UPDATE, column);
    let walk = |label: &str, column: Column| -> Result<Series, Missing> {
        Ok(Series { connect: true, ..Series::points(label, Role::Measurement, of(column)?) })
    };
    let mean = || Series::line("μ, uniform mean", Role::Guide, ends.map(|t| (t, 0.0)).to_vec());
    let far = |column: Column| -> Result<Series, Missing> {
        let saddle = of(column)?;
        let far = saddle.iter().rposition(|(_, z)| z.abs() >= 25.0).map_or(0, |at| at + 1);
        let label = "saddle, if closer than 25";
        Ok(Series { connect: true, ..Series::points(label, Role::Measurement, saddle[far..].to_vec()) })
    };
    let panel =
        |title: &str, y: Axis, series: Vec<Series>| Panel::new(title, Axis::linear("t, updates"), y).with(series);
    Ok(Figure {
        name: "T08_positions",
        title: format!("Positions of data and model along the leading modes, M = {largest}"),
        caption: "(a), (b): mean positions along the leading mode, relative to the uniform mean μ; they jump when two singular values are close and their modes mix. (c): distances in the space of the leading three modes. The saddle starts far away, at a/λ with biases from the pixel means and small λ, and comes closer as λ grows; data and samples leave μ together."
            .into(),
        panels: vec![
            panel(
                "u₁",
                Axis::linear("u₁ (units of one flipped bit)"),
                vec![
                    walk("test data", columns::DATA_U)?,
                    walk("Gibbs samples", columns::CHAINS_U)?,
                    far(columns::SADDLE_U)?,
                    mean(),
                ],
            ),
            panel(
                "w₁",
                Axis::linear("w₁ (units of one flipped bit)"),
                vec![
                    walk("test data", columns::DATA_W)?,
                    walk("Gibbs samples", columns::CHAINS_W)?,
                    far(columns::SADDLE_W)?,
                    mean(),
                ],
            ),
            panel(
                "leading three modes",
                Axis::log("distance (units of one flipped bit)"),
                vec![
                    walk("test data from μ", columns::DATA)?,
                    walk("Gibbs samples from μ", columns::CHAINS)?,
                    walk("saddle from μ", columns::SADDLE)?,
                    walk("samples from data", columns::APART)?,
                ],
            ),
        ],
    })
}

fn likelihood_figure(evidence: &Evidence) -> Result<Figure, Missing> {
    let likelihood = evidence.table(tables::LIKELIHOOD)?;
    let [_, largest] = extremes(likelihood, columns::HIDDEN)?;
    let of = |column: Column| pick(likelihood, &[(columns::HIDDEN, largest)], columns::UPDATE, column);
    let bracketed = |middle: Column, half: Column| -> Result<[Series; 2], Missing> {
        let errors = of(half)?.into_iter().map(|(_, half)| half).collect();
        let bracket = Series { errors, band: true, ..Series::line("bracket", Role::Measurement, of(middle)?) };
        let middle = Series { connect: true, ..Series::points("its middle", Role::Measurement, of(middle)?) };
        Ok([bracket, middle.coloured(0)])
    };
    let panel = |title: &str, y: &str, series: Vec<Series>| {
        Panel::new(format!("{title}, M = {largest}"), Axis::linear("t, updates"), Axis::linear(y)).with(series)
    };
    Ok(Figure {
        name: "T08_likelihood",
        title: "Partition function and likelihood during training".into(),
        caption: "ln Z and the mean log-likelihood of test images, at every third of the training run. The bracket is the interval of parallel tempering from chains of many origins together with that of annealing in both directions; it may be thinner than the line. Grey: independent pixels with the means of the images."
            .into(),
        panels: vec![
            panel("ln Z", "ln Z (nats)", bracketed(columns::LN_Z, columns::LN_Z_HALF)?.into()),
            panel(
                "log-likelihood",
                "ln p of a test image (nats)",
                std::iter::once(Series::line("independent pixels", Role::Falsifier, of(columns::INDEPENDENT)?))
                    .chain(bracketed(columns::MIDDLE, columns::HALF)?)
                    .collect(),
            ),
        ],
    })
}

/// Samples of the machine, and test images with their decodings.
fn digits_figure(evidence: &Evidence) -> Result<Figure, Missing> {
    let (samples, decoded, decoding) =
        (evidence.table(tables::SAMPLES)?, evidence.table(tables::DECODED)?, evidence.table(tables::DECODING)?);
    let [_, largest] = extremes(samples, columns::HIDDEN)?;
    let (height, width) = image_shape(evidence)?;
    let across = SHOWN.len();
    // Position of a pixel in a mosaic of four rows of images, with two white pixels between images.
    // Image rows count downwards, the axis counts upwards.
    let place = |row: usize, column: usize, pixel: f64| {
        let pixel = pixel as usize;
        let down = row * (height + 2) + pixel / width;
        ((column * (width + 2) + pixel % width) as f64, (4 * (height + 2) - 1 - down) as f64)
    };
    let sampled: Vec<(f64, f64, f64)> = pick(samples, &[(columns::HIDDEN, largest)], columns::IMAGE, columns::PIXEL)?
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
    let mosaic = |title: String, label: &str, pixels: &[(f64, f64, f64)]| {
        Panel::new(title, Axis::linear("column (pixels)"), Axis::linear("row from below (pixels)"))
            .with(vec![Series::pixels(label, Role::Measurement, pixels)])
    };
    let error = |label: &str, column: Column| -> Result<Series, Missing> {
        Ok(Series::points(label, Role::Measurement, pick(decoding, &[], columns::HIDDEN, column)?))
    };
    Ok(Figure {
        name: "T08_digits",
        title: "Samples and decodings, and the directions that carry them".into(),
        caption: "(a): samples of the persistent chains at the end. (b), from the top: test images; decoded v → h → v by means; the same with the trailing three quarters, or the leading quarter, of the left vectors rotated at random. (c): decoding errors of all machines; small markers: as trained."
            .into(),
        panels: vec![
            mosaic(format!("samples, M = {largest}"), "pixel on", &sampled),
            mosaic(format!("test images decoded, M = {largest}"), "mean of the pixel", &shown),
            Panel::new("decoding error", Axis::log("M, hidden units"), Axis::linear("Σ (mean − pixel)² per image")).with(vec![
                    error("all rotated", columns::ALL)?.coloured(3),
                    error("leading 1/4 rotated", columns::LEADING)?.coloured(2),
                    error("trailing 3/4 rotated", columns::TRAILING)?.coloured(1),
                    error("as trained", columns::WHOLE)?.coloured(0).small(),
                ]),
        ],
    })
}
