//! What the operator is told and no client is.

use std::{fmt, sync::Arc};

/// What takes a notice.
type Sink = dyn Fn(&str) + Send + Sync;

/// Where notices go; nowhere by default. They are single lines, without a newline at the end.
#[derive(Clone, Default)]
pub struct Notices(Option<Arc<Sink>>);

impl Notices {
    /// Notices go to `sink`, which must not block.
    pub fn to(sink: impl Fn(&str) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(sink)))
    }

    pub(super) fn send(&self, line: &str) {
        if let Some(sink) = &self.0 {
            sink(line);
        }
    }
}

impl fmt::Debug for Notices {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Notices(somewhere)" } else { "Notices(nowhere)" })
    }
}

/// Where notices go is no setting, so it makes no difference between two.
impl PartialEq for Notices {
    fn eq(&self, _other: &Self) -> bool {
        true
    }
}

impl Eq for Notices {}
