//! The claims. One folder each, one line each in the catalogue below; claims do not
//! depend on each other.

use crate::theorem::Theorem;

/// One claim together with its published page.
pub struct Entry {
    /// The claim.
    pub theorem: &'static dyn Theorem,
    /// Its folder in `theorems/`.
    pub file: &'static str,
    source: &'static str,
}

impl Entry {
    /// The claim's published page: the doc comment at the top of its `mod.rs`.
    pub fn page(&self) -> String {
        let lines = self.source.lines().take_while(|line| line.starts_with("//!"));
        lines.map(|line| line.trim_start_matches("//!").strip_prefix(' ').unwrap_or("")).collect::<Vec<_>>().join("\n")
    }
}

/// Makes the module and the catalogue entry of every claim.
macro_rules! catalogue {
    ($($file:ident :: $theorem:ident),* $(,)?) => {
        $(pub mod $file;)*

        /// All claims, in the order of their ids.
        pub static CATALOGUE: &[Entry] = &[$(Entry {
            theorem: &$file::$theorem,
            file: stringify!($file),
            source: include_str!(concat!(stringify!($file), "/mod.rs")),
        }),*];
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
    t10_initialisation::Initialisation,
    t11_first_transition::FirstTransition,
}
