//! What the ledger knows, in the forms that others read: a pure function a format, from [`Material`] to text.
//!
//! The same material gives the same bytes: nothing here asks a clock or draws a number, and identifiers that a format
//! wants random (UUIDs) follow from what they name (`names.rs`). What a reader may not see is not in the material.

mod cyclonedx;
pub mod dsse;
mod format;
mod intoto;
mod material;
mod names;
mod openlineage;
mod prov;
mod rocrate;
mod things;

pub use format::Format;
pub use material::{Fact, Material, Of, Wanted};

pub(super) use material::{of_span, of_walk};

use super::{
    LineageError,
    draw::{self, Scene},
};

/// The material in a format.
///
/// # Errors
/// [`LineageError::TooMuch`] for a picture that nobody could read.
pub fn write(format: Format, material: &Material) -> Result<String, LineageError> {
    Ok(match format {
        Format::OpenLineage => openlineage::write(material),
        Format::Prov => prov::write(material),
        Format::CycloneDx => cyclonedx::write(material),
        Format::RoCrate => rocrate::write(material),
        Format::InToto => intoto::write(material),
        Format::Dot => draw::dot(&Scene::from(&material.graph)),
        Format::Mermaid => draw::mermaid(&Scene::from(&material.graph)),
        Format::Svg => draw::svg(&Scene::from(&material.graph))?,
    })
}

/// JSON as files hold it: indented, with a newline at the end.
fn pretty(json: &serde_json::Value) -> String {
    format!("{json:#}\n")
}
