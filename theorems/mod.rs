//! The claims. One file each, one line each in the catalogue below; claims know nothing of each other.

use crate::claim::Theorem;

/// One claim together with its published page.
pub struct Entry {
    /// The claim.
    pub theorem: &'static dyn Theorem,
    /// Its file in `theorems/`, without extension.
    pub file: &'static str,
    source: &'static str,
}

impl Entry {
    /// The claim's published page: the doc comment at the top of its file.
    pub fn page(&self) -> String {
        let lines = self.source.lines().take_while(|line| line.starts_with("//!"));
        lines.map(|line| line.trim_start_matches("//!").strip_prefix(' ').unwrap_or("")).collect::<Vec<_>>().join("\n")
    }
}

/// Makes the module, the catalogue entry and the snapshot test of every claim.
macro_rules! catalogue {
    ($($file:ident :: $theorem:ident),* $(,)?) => {
        $(pub mod $file;)*

        /// All claims, in the order of their ids.
        pub static CATALOGUE: &[Entry] = &[$(Entry {
            theorem: &$file::$theorem,
            file: stringify!($file),
            source: include_str!(concat!(stringify!($file), ".rs")),
        }),*];

        #[cfg(test)]
        mod dossiers {
            $(#[test]
            fn $file() {
                super::snapshot_test(stringify!($file));
            })*
        }
    };
}

catalogue! {
    t01_saddle_point::SaddlePoint,
    t02_marchenko_pastur::MarchenkoPasturCurvature,
    t03_rotational_symmetry::RotationalSymmetry,
    t04_gaussian_variables::GaussianVariables,
    t05_coupled_bosons::CoupledBosons,
    t06_diffusion_modes::DiffusionModes,
    t07_landau_free_energy::LandauFreeEnergy,
    t08_hierarchical_learning::HierarchicalLearning,
    t09_onsager::OnsagerReaction,
}

/// Runs one claim at quick scale with seed 0 and compares its dossier with the committed snapshot.
#[cfg(test)]
fn snapshot_test(file: &str) {
    use crate::lab::{Lab, Plan, Scale};
    use std::sync::{Arc, LazyLock};
    // One laboratory for all: claims share the trained machines.
    static LAB: LazyLock<Lab> = LazyLock::new(|| {
        let data = crate::data::Dataset::mnist().expect("the embedded data set is intact");
        Lab::new(Plan::new(Scale::Quick), 0, Arc::new(data), Box::new(|_| {}))
    });
    let entry = CATALOGUE.iter().find(|entry| entry.file == file).expect("the macro lists this file");
    let dossier = crate::runner::check(entry.theorem, &LAB).expect("the claim can be checked");
    insta::with_settings!({ snapshot_path => "../tests/snapshots", prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!(file, crate::report::snapshot(&dossier));
    });
}
