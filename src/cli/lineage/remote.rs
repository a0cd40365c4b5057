//! The same questions, asked of a server.

use crate::{
    cli::{failure::Done, remote::Remote},
    event::Kind,
    lineage::{Answer, Ask, Direction, Filter, Moment, Question, Walk},
};

/// Names and values of a query.
pub type Parameters = Vec<(&'static str, String)>;

/// Asks a server; the evidence, if it is wanted, is of the same prefix of the log.
pub(super) fn ask(server: &Remote, question: &Question, with_evidence: bool) -> Done<(Answer, Option<Vec<u8>>)> {
    let (path, mut parameters) = spelt(&question.ask);
    parameters.extend(question.as_of.map(|as_of| ("as-of", moment(as_of))));
    let answer: Answer = server.get(path, &parameters)?;
    if !with_evidence {
        return Ok((answer, None));
    }
    if question.as_of.is_none() {
        // What was recorded since the answer is not in its evidence.
        parameters.push(("as-of", answer.as_of.to_string()));
    }
    parameters.push(("evidence", "true".to_owned()));
    let evidence = server.bytes(path, &parameters)?;
    Ok((answer, Some(evidence)))
}

fn moment(moment: Moment) -> String {
    match moment {
        Moment::Index(index) => index.to_string(),
        Moment::Time(t) => t.to_string(),
    }
}

/// A question as the HTTP API spells it.
fn spelt(ask: &Ask) -> (&'static str, Parameters) {
    let subject = |subject: &crate::event::Subject| vec![("subject", subject.to_string())];
    match ask {
        Ask::Lineage(asked) => ("/api/v1/lineage", walk(asked, None)),
        Ask::Impact(asked) => ("/api/v1/lineage", walk(asked, Some("impact"))),
        Ask::Columns(asked) => {
            let column = ("column", asked.column.to_string());
            ("/api/v1/lineage", walk(&asked.walk, None).into_iter().chain([column]).collect())
        }
        Ask::Path(asked) => {
            let mut parameters = subject(&asked.from);
            parameters.extend([("to", asked.to.to_string()), ("depth", asked.depth.to_string())]);
            parameters.extend(filter(&asked.filter));
            ("/api/v1/lineage", parameters)
        }
        Ask::Difference(asked) => {
            let since = ("since", moment(asked.since));
            match &asked.walk {
                Some(way) => ("/api/v1/lineage", walk(way, None).into_iter().chain([since]).collect()),
                None => {
                    let env = asked.env.map(|env| ("env", env.to_string()));
                    ("/api/v1/inventory", std::iter::once(since).chain(env).collect())
                }
            }
        }
        Ask::Timeline(asked) => ("/api/v1/timeline", subject(&asked.subject)),
        Ask::History(asked) => ("/api/v1/history", subject(&asked.subject)),
        Ask::Reproduce(asked) => ("/api/v1/reproduce", subject(&asked.subject)),
        Ask::Inventory(asked) => {
            let name = asked.name.as_ref().map(|name| ("name", name.to_string()));
            let env = asked.env.map(|env| ("env", env.to_string()));
            ("/api/v1/inventory", name.into_iter().chain(env).collect())
        }
        Ask::Sample(asked) => {
            let mut parameters =
                vec![("kinds", joined(&asked.kinds)), ("n", asked.n.to_string()), ("seed", asked.seed.to_string())];
            parameters.extend(asked.env.map(|env| ("env", env.to_string())));
            parameters.extend(asked.since.map(|since| ("since", moment(since))));
            ("/api/v1/sample", parameters)
        }
    }
}

/// A walk as the HTTP API spells it.
#[must_use]
pub fn walk_of(walk: &Walk) -> Parameters {
    self::walk(walk, None)
}

fn walk(walk: &Walk, direction: Option<&str>) -> Parameters {
    let own = match walk.direction {
        Direction::Upstream => "upstream",
        Direction::Downstream => "downstream",
        Direction::Both => "both",
    };
    let mut parameters = vec![
        ("subject", walk.subject.to_string()),
        ("direction", direction.unwrap_or(own).to_owned()),
        ("depth", walk.depth.to_string()),
        ("nodes", walk.nodes_max.to_string()),
    ];
    parameters.extend(filter(&walk.filter));
    parameters
}

/// A filter as the HTTP API spells it.
#[must_use]
pub fn filter(filter: &Filter) -> Parameters {
    let kinds = (!filter.kinds.is_empty()).then(|| ("kinds", joined(&filter.kinds)));
    kinds.into_iter().chain(filter.env.map(|env| ("env", env.to_string()))).collect()
}

fn joined(kinds: &[Kind]) -> String {
    kinds.iter().map(Kind::as_str).collect::<Vec<_>>().join(",")
}
