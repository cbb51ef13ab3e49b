//! States of a machine as pictures beside each other.

/// A picture of binary images, `width` pixels per line, ten images per row; a pixel that is on is
/// dark.
pub(crate) fn tiles(images: &[Vec<bool>], width: usize) -> String {
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
    let size = (1280 * total_y).div_ceil(total_x);
    format!(
        "<svg width=\"1280\" height=\"{size}\" viewBox=\"0 0 {total_x} {total_y}\" xmlns=\"http://www.w3.org/2000/svg\" \
         shape-rendering=\"crispEdges\"><title>{} samples</title><rect width=\"100%\" height=\"100%\" fill=\"#d0d0d0\"/>\
         <path fill=\"#ffffff\" d=\"{frames}\"/><path fill=\"#000000\" d=\"{on}\"/></svg>\n",
        images.len()
    )
}
