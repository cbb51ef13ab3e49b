#!/usr/bin/env bash
# contour 0.13.1 (marching squares): with the origin at the first point of a grid and the step between points, as its
# documentation words them, every line lies half a step too far: of z = x on x = 10 to 13 the line z = 11.5 is at x = 12.
# A value stands in the middle of its cell, of which the origin is the corner. Where a line meets the edge of the grid its
# last point is not interpolated either but lies on the middle of an edge, half a step outside all points (12.5 here): an
# energy landscape is drawn shifted, with hooks at its rim, unless the origin is moved by half a step and the grid is padded.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
mkdir "$dir/src"
cat > "$dir/Cargo.toml" <<'TOML'
[package]
name = "show"
version = "0.0.0"
edition = "2021"

[dependencies]
contour = "=0.13.1"
TOML
cat > "$dir/src/main.rs" <<'RUST'
use contour::ContourBuilder;

fn main() {
    let z: Vec<f64> = (0..3).flat_map(|_| [10.0, 11.0, 12.0, 13.0]).collect();
    let found = ContourBuilder::new(4, 3, true).x_origin(10.0).y_origin(0.0).lines(&z, &[11.5]).unwrap();
    let places: Vec<(f64, f64)> = found[0].geometry().iter().flat_map(|line| line.0.iter().map(|p| (p.x, p.y))).collect();
    println!("z = x, the line z = 11.5: {places:?}");
    // Inside, at the heights of the three rows of points.
    for row in [0.5, 1.5, 2.5] {
        assert!(places.contains(&(12.0, row)), "half a step beyond 11.5");
    }
    // On the rim, between two points of no interpolation.
    assert!(places.contains(&(12.5, 0.0)) && places.contains(&(12.5, 3.0)));
}
RUST
cargo run --quiet --manifest-path "$dir/Cargo.toml"
echo "as described"
