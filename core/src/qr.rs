//! QR codes: from a link to modules, from modules to an SVG path or a PNG.

use qrcodegen::{QrCode, QrCodeEcc, QrSegment, Version};

/// Light modules that must surround a code (ISO/IEC 18004).
pub const QUIET: usize = 4;

/// A QR code at error correction M (15 % of it may be unreadable).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Code {
    size: usize,
    dark: Vec<bool>,
    version: u8,
}

impl Code {
    /// A link whose part after `#` is digits: the address as bytes, the digits packed as numbers. `None`: it does not fit.
    pub fn link(address: &str, digits: &str, largest: u8) -> Option<Self> {
        if !QrSegment::is_numeric(digits) {
            return None;
        }
        Self::smallest(
            &[
                QrSegment::make_bytes(address.as_bytes()),
                QrSegment::make_numeric(digits),
            ],
            largest,
        )
    }

    /// Any text, for camera apps without a viewer. `None`: longer than 2,331 bytes.
    pub fn text(text: &str) -> Option<Self> {
        Self::smallest(&QrSegment::make_segments(text), Version::MAX.value())
    }

    fn smallest(segments: &[QrSegment], largest: u8) -> Option<Self> {
        // One version at a time: the length fields of segments differ between versions.
        (Version::MIN.value()..=largest.min(Version::MAX.value()))
            .map(Version::new)
            .find_map(|version| {
                QrCode::encode_segments_advanced(
                    segments,
                    QrCodeEcc::Medium,
                    version,
                    version,
                    None,
                    false,
                )
                .ok()
                .map(Self::from)
            })
    }

    /// Its version, 1–40.
    pub fn version(&self) -> u8 {
        self.version
    }

    /// Modules along one side, without the quiet zone.
    pub fn size(&self) -> usize {
        self.size
    }

    /// Is the module of this column and row dark? Outside the code nothing is.
    pub fn is_dark(&self, x: usize, y: usize) -> bool {
        x < self.size && self.dark.get(y * self.size + x).copied().unwrap_or(false)
    }

    /// The dark modules as an SVG path in units of modules, the quiet zone included on all sides.
    pub fn svg_path(&self) -> String {
        let mut path = String::new();
        for y in 0..self.size {
            let mut x = 0;
            while x < self.size {
                let run = (x..self.size).take_while(|&x| self.is_dark(x, y)).count();
                if run > 0 {
                    path.push_str(&format!("M{} {}h{run}v1h-{run}z", x + QUIET, y + QUIET));
                }
                x += run.max(1);
            }
        }
        path
    }

    /// A whole SVG image: black on white whatever the theme, or no camera reads it.
    pub fn svg(&self) -> String {
        let side = self.size + 2 * QUIET;
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\" shape-rendering=\"crispEdges\" role=\"img\" aria-label=\"QR\">\
             <path fill=\"#fff\" d=\"M0 0h{side}v{side}H0z\"/><path fill=\"#000\" d=\"{}\"/></svg>",
            self.svg_path()
        )
    }

    /// A PNG with `scale` × `scale` dots a module, the quiet zone included.
    ///
    /// # Errors
    /// None in practice: the image is larger than PNG allows.
    #[cfg(feature = "cli")]
    pub fn png(&self, scale: usize) -> Result<Vec<u8>, png::EncodingError> {
        let side = (self.size + 2 * QUIET) * scale;
        let is_light = |dot: usize| {
            let (x, y) = (dot % side / scale, dot / side / scale);
            x < QUIET || y < QUIET || !self.is_dark(x - QUIET, y - QUIET)
        };
        let dots: Vec<u8> = (0..side * side)
            .map(|dot| if is_light(dot) { 255 } else { 0 })
            .collect();
        let side = u32::try_from(side).map_err(|_| png::EncodingError::LimitsExceeded)?;
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, side, side);
        encoder.set_color(png::ColorType::Grayscale);
        encoder.set_depth(png::BitDepth::Eight);
        let mut writer = encoder.write_header()?;
        writer.write_image_data(&dots)?;
        writer.finish()?;
        Ok(bytes)
    }
}

impl From<QrCode> for Code {
    fn from(code: QrCode) -> Self {
        let side = code.size();
        let dark = (0..side)
            .flat_map(|y| (0..side).map(move |x| (x, y)))
            .map(|(x, y)| code.get_module(x, y))
            .collect();
        Self {
            size: usize::try_from(side).unwrap_or_default(),
            dark,
            version: code.version().value(),
        }
    }
}
