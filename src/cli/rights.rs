//! Grants and roles as of a moment, from the folder or a server, in the shapes of the HTTP API.

use super::{
    failure::{Done, Failure},
    ledger_failure,
    reader::Source,
    when,
};
use crate::{
    event::Timestamp,
    ledger::{AsOf, GrantFilter, LedgerError, RoleFilter},
    server::{GrantView, GrantsView, HeldRoleView, RolesView},
};

/// The moment that `--as-of` names: a time as people write it, or a log index; now when it is absent.
///
/// # Errors
/// When it is neither.
pub fn as_of(text: Option<&str>, now: Timestamp) -> Done<AsOf> {
    match text {
        None => Ok(AsOf::Now(now)),
        Some(text) if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) => text
            .parse()
            .map(AsOf::Index)
            .map_err(|_| Failure::usage(format!("{text} is no log index"), "write a smaller one")),
        Some(text) => when::parse(text, now).map(AsOf::Time),
    }
}

/// The moment as the API spells it.
fn parameter(as_of: AsOf) -> Option<(&'static str, String)> {
    match as_of {
        AsOf::Now(_) => None,
        AsOf::Time(t) => Some(("as-of", t.to_string())),
        AsOf::Index(index) => Some(("as-of", index.to_string())),
    }
}

/// The parameters that are given.
fn given<const N: usize>(
    as_of: AsOf,
    all: bool,
    optional: [(&'static str, Option<String>); N],
) -> Vec<(&'static str, String)> {
    let mut query: Vec<_> = parameter(as_of).into_iter().collect();
    query.extend(all.then(|| ("all", "true".to_owned())));
    query.extend(optional.into_iter().filter_map(|(name, value)| Some((name, value?))));
    query
}

impl Source {
    /// The grants of a moment.
    ///
    /// # Errors
    /// When the moment is beyond the ledger's head, or it cannot be read.
    pub fn grants(&self, as_of: AsOf, now: Timestamp, filter: &GrantFilter) -> Done<GrantsView> {
        let read = |ledger: &crate::ledger::Ledger, asker: &crate::ledger::Asker| {
            let moment = ledger.moment(as_of, now)?;
            let grants = ledger.as_reader(asker.clone()).grants(moment, filter)?.value;
            let grants = grants.iter().map(|held| GrantView::of(held, moment.t)).collect();
            Ok::<_, LedgerError>(GrantsView { as_of: moment.t, size: moment.size, grants })
        };
        match self {
            Self::Folder(ledger, asker) => read(ledger, asker).map_err(|error| ledger_failure::of(&error)),
            Self::Server(remote) => {
                let optional = [
                    ("grant", filter.name.as_ref().map(ToString::to_string)),
                    ("actor", filter.actor.as_ref().map(ToString::to_string)),
                    ("subject", filter.subject.as_ref().map(ToString::to_string)),
                    ("env", filter.env.map(|env| env.to_string())),
                ];
                remote.get("/api/v1/grants", &given(as_of, filter.all, optional))
            }
        }
    }

    /// The roles of a moment.
    ///
    /// # Errors
    /// As [`Self::grants`].
    pub fn roles(&self, as_of: AsOf, now: Timestamp, filter: &RoleFilter) -> Done<RolesView> {
        let read = |ledger: &crate::ledger::Ledger| {
            let moment = ledger.moment(as_of, now)?;
            let roles = ledger.roles_of(moment, filter)?;
            let roles = roles.iter().map(|held| HeldRoleView::of(held, moment.t)).collect();
            Ok::<_, LedgerError>(RolesView { as_of: moment.t, size: moment.size, roles })
        };
        match self {
            Self::Folder(ledger, _) => read(ledger).map_err(|error| ledger_failure::of(&error)),
            Self::Server(remote) => {
                let optional = [
                    ("actor", filter.actor.as_ref().map(ToString::to_string)),
                    ("role", filter.role.as_ref().map(ToString::to_string)),
                    ("env", filter.env.map(|env| env.to_string())),
                ];
                remote.get("/api/v1/roles", &given(as_of, filter.all, optional))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_a_time_or_an_index() {
        let now: Timestamp = "2026-02-01T12:00:00Z".parse().unwrap();
        assert_eq!(as_of(None, now).unwrap(), AsOf::Now(now));
        assert_eq!(as_of(Some("17"), now).unwrap(), AsOf::Index(17));
        assert_eq!(as_of(Some("2h"), now).unwrap(), AsOf::Time(now.plus_ms(-7_200_000)));
        assert!(as_of(Some("99999999999999999999"), now).is_err());
        assert!(as_of(Some(""), now).is_err());
        assert!(as_of(Some("-1"), now).is_err());
    }
}
