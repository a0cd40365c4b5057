//! Where something stands that the loaded policy does not keep the line of.

use super::Review;
use crate::policy::text;

impl Review<'_> {
    /// The first line of a file that says something for which `is_it` holds.
    pub(super) fn line(&self, file: &str, is_it: impl Fn(&str) -> bool) -> Option<usize> {
        let text = std::str::from_utf8(self.bundle.files().get(file)?).ok()?;
        text::lines(text).find(|(_, line)| is_it(line)).map(|(number, _)| number)
    }

    /// The line on which a constraint's id stands.
    pub(super) fn line_of_id(&self, file: &str, id: &str) -> Option<usize> {
        let quoted = format!("\"{id}\"");
        self.line(file, |line| line.trim_start().starts_with("id") && line.contains(&quoted))
    }
}
