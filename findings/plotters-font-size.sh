#!/usr/bin/env bash
# plotters 0.3.7 with plotters-svg 0.3.7: a text of size 62 is written into the SVG with font-size 50. Sizes are divided
# by 1.24 (the other backends do the same before they draw), which the documentation of `FontDesc`,
# `TextStyle` and `IntoFont` does not say: a figure laid out for letters of 11 pixels has letters of 9, and a text measured by
# its size is estimated a quarter too wide.
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
plotters = { version = "=0.3.7", default-features = false, features = ["svg_backend"] }
plotters-svg = "=0.3.7"
TOML
cat > "$dir/src/main.rs" <<'RUST'
use plotters::prelude::*;

fn main() {
    let mut svg = String::new();
    {
        let root = SVGBackend::with_string(&mut svg, (400, 100)).into_drawing_area();
        root.draw(&Text::new("energy", (10, 10), ("sans-serif", 62))).unwrap();
        root.present().unwrap();
    }
    let size = svg.split("font-size=\"").nth(1).unwrap().split('"').next().unwrap();
    println!("asked for 62, written {size}");
    assert_eq!(size, "50");
}
RUST
cargo run --quiet --manifest-path "$dir/Cargo.toml"
echo "as described"
