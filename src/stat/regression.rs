//! Straight lines: scaling laws are lines in logarithms.
#![deny(clippy::disallowed_methods)]

use super::goodness::chi_square_survival;
use super::mean::{student_quantile, student_survival};
use super::{StatError, Test, normal_two_sided, usable};
use crate::stat::interval::Interval;
use statrs::distribution::{ContinuousCDF, Normal};

/// A straight line fitted by least squares.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LinearFit {
    /// Slope b of y = a + b x.
    pub slope: f64,
    /// Intercept a.
    pub intercept: f64,
    /// Standard error of the slope.
    pub slope_error: f64,
    /// Standard error of the intercept.
    pub intercept_error: f64,
    /// Confidence interval of the slope.
    pub slope_interval: Interval,
    /// Confidence interval of the intercept.
    pub intercept_interval: Interval,
    /// Two-sided test of slope 0.
    pub no_slope: Test,
    /// Test of straightness, where the errors are known: statistic Σ ((y − a − b x)/σ)², n − 2
    /// degrees of freedom.
    pub straight: Option<Test>,
}

/// Least-squares line through points of equal, independent normal errors of unknown size, with
/// Student's intervals: exact.
///
/// # Errors
/// Fewer than three points, a value that is not finite, or all x equal.
pub fn linear_fit(x: &[f64], y: &[f64], confidence: f64) -> Result<LinearFit, StatError> {
    let line = least_squares(x, y, None)?;
    let degrees = x.len() as f64 - 2.0;
    let scale = line.residual / degrees;
    // Points without scatter on a level line say nothing against it.
    let no_slope = if line.slope == 0.0 { 0.0 } else { line.slope / (scale * line.var_slope).sqrt() };
    let p_value = 2.0 * student_survival(no_slope.abs(), degrees);
    Ok(line.finish(
        scale,
        student_quantile(degrees, confidence),
        confidence,
        Test { statistic: no_slope, p_value },
        None,
    ))
}

/// Least-squares line through points with independent normal errors of known standard deviations
/// `errors`, with normal intervals and a test of straightness: exact.
///
/// # Errors
/// Fewer than three points, a value that is not finite, an error that is not positive, or all x
/// equal.
///
/// # Example
/// ```
/// // by hand: y = 1 + 2x without scatter
/// let fit = rbm_landscape::stat::regression::weighted_fit(&[0.0, 1.0, 3.0], &[1.0, 3.0, 7.0], &[0.1; 3], 0.95).unwrap();
/// assert!((fit.slope - 2.0).abs() < 1e-12 && (fit.intercept - 1.0).abs() < 1e-12);
/// ```
pub fn weighted_fit(x: &[f64], y: &[f64], errors: &[f64], confidence: f64) -> Result<LinearFit, StatError> {
    let line = least_squares(x, y, Some(errors))?;
    let quantile = Normal::standard().inverse_cdf(0.5 + confidence / 2.0);
    let no_slope = line.slope / line.var_slope.sqrt();
    let straight = Test { statistic: line.residual, p_value: chi_square_survival(line.residual, x.len() as f64 - 2.0) };
    let no_slope = Test { statistic: no_slope, p_value: normal_two_sided(no_slope) };
    Ok(line.finish(1.0, quantile, confidence, no_slope, Some(straight)))
}

/// [`weighted_fit`] where each error is itself estimated, with `degrees` degrees of freedom or more
/// (positive): Student's intervals of so many degrees. The variance of the slope is a sum of such
/// estimates with positive weights, whose law is not wider than that of one of them; that the
/// weights are estimated too adds a relative variance of order 1/`degrees`, which is neglected.
///
/// # Errors
/// Those of [`weighted_fit`].
pub fn estimated_fit(
    x: &[f64],
    y: &[f64],
    errors: &[f64],
    degrees: f64,
    confidence: f64,
) -> Result<LinearFit, StatError> {
    let known = weighted_fit(x, y, errors, confidence)?;
    let half = student_quantile(degrees, confidence);
    let interval = |at: f64, error: f64| Interval::confidence(at - half * error, at + half * error, confidence);
    Ok(LinearFit {
        slope_interval: interval(known.slope, known.slope_error),
        intercept_interval: interval(known.intercept, known.intercept_error),
        no_slope: Test { p_value: 2.0 * student_survival(known.no_slope.statistic.abs(), degrees), ..known.no_slope },
        straight: None,
        ..known
    })
}

/// A line and its variances in units of the error variance.
struct Line {
    slope: f64,
    intercept: f64,
    var_slope: f64,
    var_intercept: f64,
    residual: f64,
}

impl Line {
    fn finish(&self, scale: f64, quantile: f64, confidence: f64, no_slope: Test, straight: Option<Test>) -> LinearFit {
        let interval = |middle: f64, error: f64| {
            Interval::confidence(middle - quantile * error, middle + quantile * error, confidence)
        };
        let [slope_error, intercept_error] = [self.var_slope, self.var_intercept].map(|var| (scale * var).sqrt());
        LinearFit {
            slope: self.slope,
            intercept: self.intercept,
            slope_error,
            intercept_error,
            slope_interval: interval(self.slope, slope_error),
            intercept_interval: interval(self.intercept, intercept_error),
            no_slope,
            straight,
        }
    }
}

fn least_squares(x: &[f64], y: &[f64], errors: Option<&[f64]>) -> Result<Line, StatError> {
    let test = "linear fit";
    usable(test, x, 3)?;
    usable(test, y, x.len())?;
    if let Some(errors) = errors {
        usable(test, errors, x.len())?;
        if let Some(at) = errors.iter().position(|&e| e <= 0.0) {
            return Err(StatError::Range { test, at, value: errors[at], range: "a positive error" });
        }
    }
    let weight = |i: usize| errors.map_or(1.0, |errors| errors[i].powi(-2));
    let sum = |f: &dyn Fn(usize) -> f64| (0..x.len()).map(|i| weight(i) * f(i)).sum::<f64>();
    let total = sum(&|_| 1.0);
    let (mean_x, mean_y) = (sum(&|i| x[i]) / total, sum(&|i| y[i]) / total);
    let sxx = sum(&|i| (x[i] - mean_x).powi(2));
    if sxx == 0.0 {
        return Err(StatError::Constant { test });
    }
    let slope = sum(&|i| (x[i] - mean_x) * (y[i] - mean_y)) / sxx;
    let intercept = mean_y - slope * mean_x;
    let residual = sum(&|i| (y[i] - intercept - slope * x[i]).powi(2));
    Ok(Line { slope, intercept, var_slope: 1.0 / sxx, var_intercept: 1.0 / total + mean_x * mean_x / sxx, residual })
}

#[cfg(test)]
mod tests {
    use super::super::reference;
    use super::*;

    #[test]
    fn fits_agree_with_scipy_and_numpy() {
        reference::agrees("linear_fit", |a, b| {
            let k = a.len().min(b.len());
            let y: Vec<f64> = (0..k).map(|i| b[i] + 0.3 * a[i]).collect();
            linear_fit(&a[..k], &y, 0.9).expect("varies").no_slope
        });
        let weighted = |a: &[f64], b: &[f64]| {
            let k = a.len().min(b.len());
            let errors: Vec<f64> = b[..k].iter().map(|b| 0.5 + b.abs()).collect();
            weighted_fit(&a[..k], &b[..k], &errors, 0.9).expect("varies")
        };
        reference::agrees("weighted_fit", |a, b| weighted(a, b).no_slope);
        reference::agrees("lack_of_fit", |a, b| weighted(a, b).straight.expect("errors are known"));
    }

    #[test]
    fn lines_through_points_of_estimated_errors_have_students_intervals() {
        // By hand: x = −1, 0, 1, errors 0.1: the variances are 0.01/2 of the slope and 0.01/3 of
        // the intercept. Quantiles from scipy 1.17.1, t.ppf(0.9999995, 9) = 11.6368 and
        // norm.ppf(0.9999995) = 4.8916.
        let (x, y, errors) = ([-1.0, 0.0, 1.0], [1.0, 3.0, 5.0], [0.1; 3]);
        let [known, estimated] =
            [weighted_fit(&x, &y, &errors, 1.0 - 1e-6), estimated_fit(&x, &y, &errors, 9.0, 1.0 - 1e-6)]
                .map(|fit| fit.expect("varies"));
        let half = |interval: Interval| 0.5 * (interval.high - interval.low);
        for (fit, quantile) in [(known, 4.8916), (estimated, 11.6368)] {
            assert!((fit.slope_error - 0.005f64.sqrt()).abs() < 1e-15, "{}", fit.slope_error);
            assert!((fit.intercept_error - (0.01f64 / 3.0).sqrt()).abs() < 1e-15, "{}", fit.intercept_error);
            assert!((half(fit.slope_interval) / fit.slope_error - quantile).abs() < 1e-3);
            assert!((half(fit.intercept_interval) / fit.intercept_error - quantile).abs() < 1e-3);
        }
        assert!(estimated.no_slope.p_value > known.no_slope.p_value && estimated.straight.is_none());
    }

    #[test]
    fn every_number_of_a_fit_is_that_by_hand() {
        let near = |found: f64, expected: f64| assert!((found - expected).abs() < 1e-13, "{found} {expected}");
        // Weights 1, 1, 4: Σw = 6, means 13/6 and 20/3, Sxx = 53/6, Sxy = 73/3; residuals 16/53,
        // −24/53, 2/53.
        let fit = weighted_fit(&[0.0, 1.0, 3.0], &[1.0, 3.0, 9.0], &[1.0, 1.0, 0.5], 0.5).expect("varies");
        near(fit.slope, 146.0 / 53.0);
        near(fit.intercept, 37.0 / 53.0);
        near(fit.slope_error, (6.0 / 53f64).sqrt());
        // 1/6 + (13/6)²/(53/6)
        near(fit.intercept_error, (37.0 / 53f64).sqrt());
        near(fit.no_slope.statistic, 146.0 / 53.0 / (6.0 / 53f64).sqrt());
        let straight = fit.straight.expect("errors are known");
        near(straight.statistic, 16.0 / 53.0);
        near(straight.p_value, libm::erfc((8.0 / 53f64).sqrt())); // one degree of freedom
        // Equal errors of unknown size: Sxx = 2, slope 1/2, residuals −1/2, 1, −1/2; one degree of
        // freedom: Cauchy's law, t = 1/√3.
        let fit = linear_fit(&[0.0, 1.0, 2.0], &[0.0, 2.0, 1.0], 0.5).expect("varies");
        near(fit.slope, 0.5);
        near(fit.intercept, 0.5);
        near(fit.slope_error, 0.75f64.sqrt());
        near(fit.intercept_error, 1.25f64.sqrt());
        near(fit.no_slope.statistic, 1.0 / 3f64.sqrt());
        near(fit.no_slope.p_value, 2.0 / 3.0);
        assert!(fit.straight.is_none());
        // Half of Cauchy's law lies within 1.
        for (interval, middle, error) in
            [(fit.slope_interval, 0.5, fit.slope_error), (fit.intercept_interval, 0.5, fit.intercept_error)]
        {
            assert!((interval.low - (middle - error)).abs() < 1e-9 && (interval.high - (middle + error)).abs() < 1e-9);
            assert_eq!(interval, Interval::confidence(interval.low, interval.high, 0.5));
        }
        // A falling line is as significant as a rising one, also where errors are estimated: t =
        // −2/√(1/2), three degrees of freedom, P(|T| >= t) = 1 − 2/π (atan(t/√3) + (t/√3)/(1 +
        // t²/3)).
        let fit = estimated_fit(&[-1.0, 0.0, 1.0], &[5.0, 3.0, 1.0], &[1.0; 3], 3.0, 0.9).expect("varies");
        let x = (8.0f64 / 3.0).sqrt();
        near(fit.no_slope.statistic, -(8f64.sqrt()));
        near(fit.no_slope.p_value, 1.0 - 2.0 / std::f64::consts::PI * (x.atan() + x / (1.0 + x * x)));
    }

    #[test]
    fn points_without_scatter_have_certain_slopes() {
        let level = linear_fit(&[1.0, 2.0, 3.0], &[4.0; 3], 0.9).expect("varies");
        assert_eq!((level.slope, level.no_slope.p_value, level.slope_interval.high), (0.0, 1.0, 0.0));
        let steep = linear_fit(&[1.0, 2.0, 3.0], &[4.0, 6.0, 8.0], 0.9).expect("varies");
        assert_eq!((steep.slope, steep.no_slope.p_value), (2.0, 0.0));
    }

    #[test]
    fn unusable_input_is_named() {
        assert!(matches!(linear_fit(&[1.0; 3], &[1.0, 2.0, 3.0], 0.9), Err(StatError::Constant { .. })));
        assert!(matches!(linear_fit(&[1.0, 2.0], &[1.0, 2.0], 0.9), Err(StatError::TooFew { .. })));
        let bad = weighted_fit(&[1.0, 2.0, 3.0], &[1.0; 3], &[1.0, 0.0, 1.0], 0.9);
        assert!(matches!(bad, Err(StatError::Range { at: 1, .. })));
    }
}
