//! The numbers of a figure as a table.

use super::svg::digits;
use super::{Figure, Role};

impl Figure {
    /// All numbers of the figure: one row per point, 6 significant digits.
    pub fn to_csv(&self) -> String {
        let mut rows = csv::Writer::from_writer(Vec::new());
        // Writing to memory fails only when memory does.
        let mut push = |row: [&str; 7]| rows.write_record(row).unwrap_or(());
        push(["panel", "series", "role", "x", "y", "error", "z"]);
        for panel in &self.panels {
            if let Some(contours) = &panel.contours {
                for (at, z) in contours.z.iter().enumerate() {
                    let (x, y) = (contours.x[at % contours.x.len()], contours.y[at / contours.x.len()]);
                    let [x, y, z] = [x, y, *z].map(digits);
                    push([&panel.title, &contours.label, "contours", &x, &y, "", &z]);
                }
            }
            for series in &panel.series {
                let role = match series.role {
                    Role::Prediction => "prediction",
                    Role::Measurement => "measurement",
                    Role::Falsifier => "falsifier",
                    Role::Guide => "guide",
                };
                for (at, &(x, y)) in series.points.iter().enumerate() {
                    let error = series.errors.get(at).map_or(String::new(), |&e| digits(e));
                    let shade = series.shades.get(at).or_else(|| series.values.get(at));
                    let shade = shade.map_or(String::new(), |&z| digits(z));
                    push([&panel.title, &series.label, role, &digits(x), &digits(y), &error, &shade]);
                }
            }
        }
        rows.into_inner().ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default()
    }
}
