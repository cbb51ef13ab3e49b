//! States of a machine as pictures beside each other.

use super::svg::{LETTERS, escape, line, lines};

/// A picture of binary images, `width` pixels per line, ten images per row, over a caption; a pixel
/// that is on is dark.
pub(crate) fn tiles(images: &[Vec<bool>], width: usize, caption: &str) -> String {
    let width = width.max(1);
    let height = images.iter().map(|image| image.len().div_ceil(width)).max().unwrap_or(0);
    let (across, down) = (images.len().clamp(1, 10), images.len().div_ceil(10).max(1));
    let (total_x, total_y) = (across * (width + 2) + 2, down * (height + 2) + 2);
    let mut on = String::new();
    for (at, image) in images.iter().enumerate() {
        let (left, top) = (2 + at % 10 * (width + 2), 2 + at / 10 * (height + 2));
        for pixel in (0..image.len()).filter(|&pixel| image[pixel]) {
            on += &format!("M{} {}h1v1h-1z", left + pixel % width, top + pixel / width);
        }
    }
    let frame = |at: usize| {
        let (left, top) = (2 + at % 10 * (width + 2), 2 + at / 10 * (height + 2));
        format!("M{left} {top}h{width}v{height}h-{width}z")
    };
    let frames: String = (0..images.len()).map(frame).collect();
    // Pixels of the picture that an image pixel is high and wide.
    let scale = 1280.0 / total_x as f64;
    let (top, words) = ((scale * total_y as f64).ceil() as u32, lines(caption, LETTERS, 1280 - 48));
    let text = |(at, words): (usize, &String)| {
        let y = top + 48 + at as u32 * line(LETTERS);
        format!("<text x=\"24\" y=\"{y}\" font-family=\"sans-serif\" font-size=\"38.7\">{}</text>", escape(words))
    };
    let texts: String = words.iter().enumerate().map(text).collect();
    let height = top + 24 + words.len() as u32 * line(LETTERS);
    format!(
        "<svg width=\"1280\" height=\"{height}\" viewBox=\"0 0 1280 {height}\" role=\"img\" xmlns=\"http://www.w3.org/2000/svg\">\
         <title>{} samples</title><desc>{}</desc><rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\
         <g transform=\"scale({scale})\" shape-rendering=\"crispEdges\"><rect width=\"{total_x}\" height=\"{total_y}\" fill=\"#d0d0d0\"/>\
         <path fill=\"#ffffff\" d=\"{frames}\"/><path fill=\"#000000\" d=\"{on}\"/></g>{texts}</svg>\n",
        images.len(),
        escape(caption)
    )
}
