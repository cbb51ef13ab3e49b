//! As much of `rbm` as `machine_file` needs, so that no linear algebra is compiled here.

/// As in `src/rbm/mod.rs`.
#[derive(Clone, Debug, PartialEq)]
pub struct Rbm {
    pub visible: usize,
    pub hidden: usize,
    pub weights: Vec<f64>,
    pub visible_bias: Vec<f64>,
    pub hidden_bias: Vec<f64>,
}

/// As in `src/rbm/mod.rs`.
#[derive(Debug, thiserror::Error, PartialEq)]
pub enum RbmError {
    #[error("{what} has {got} values where {needed} are needed")]
    Shape { what: &'static str, got: usize, needed: usize },
    #[error("{what}: value number {at} is not finite")]
    NotFinite { what: &'static str, at: usize },
}

impl Rbm {
    /// As in `src/rbm/mod.rs`.
    pub fn new(
        visible: usize,
        hidden: usize,
        weights: Vec<f64>,
        visible_bias: Vec<f64>,
        hidden_bias: Vec<f64>,
    ) -> Result<Self, RbmError> {
        let parts = [
            ("W", &weights, visible.saturating_mul(hidden)),
            ("a", &visible_bias, visible),
            ("b", &hidden_bias, hidden),
        ];
        for (what, values, needed) in parts {
            if values.len() != needed {
                return Err(RbmError::Shape { what, got: values.len(), needed });
            }
            if let Some(at) = values.iter().position(|x| !x.is_finite()) {
                return Err(RbmError::NotFinite { what, at });
            }
        }
        Ok(Self { visible, hidden, weights, visible_bias, hidden_bias })
    }
}
