//! Pictures of a graph as large as a person may want to look at.

use sagwan::{
    event::{Env, Kind, Subject, Timestamp},
    lineage::{
        draw,
        graph::{Edge, Graph, Node},
    },
};
use std::{collections::BTreeMap, path::Path};

/// A company's pipelines: sources, cleaned tables, features, training runs, models, deployments, alerts. The names are as
/// long as names are; some subjects are used by many.
fn company(pipelines: usize) -> Graph {
    let mut edges = Vec::new();
    let mut edge = |from: &str, to: &str, kind: Kind, env: Env, against_rules: bool| {
        let (index, t) = (edges.len() as u64 * 2, Timestamp(1_780_272_000_000));
        let (from, to): (Subject, Subject) = (from.parse().unwrap(), to.parse().unwrap());
        let env = Some(env);
        edges.push(Edge { index, position: 0, from, to, kind, env, t, digest: None, against_rules, external: false });
    };
    for n in 0..pipelines {
        let raw =
            format!("dataset/warehouse/customers-of-region-{:02}/transactions-raw@2026-0{}-01", n % 17, 1 + n % 9);
        let clean = format!("dataset/lake/clean/transactions-{n:02}@{}", 1 + n % 3);
        let etl = format!("run/etl-0197{n:04}-6c2d-7000-8000-00000000000{}", n % 10);
        let features = format!("dataset/features/credit-risk-{:02}@{}", n / 2, 1 + n % 2);
        let train = format!("run/train-{n:02}");
        let model = format!("model/credit-risk-{:02}@{}", n / 3, 1 + n % 3);
        edge(&raw, &etl, Kind::RunStarted, Env::Dev, false);
        if n % 4 == 0 {
            edge("dataset/reference/country-codes@iso-3166", &etl, Kind::RunStarted, Env::Dev, false);
        }
        edge(&etl, &clean, Kind::RunCompleted, Env::Dev, false);
        edge(&clean, &features, Kind::DatasetRegistered, Env::Dev, n % 7 == 0);
        edge(&features, &train, Kind::RunStarted, Env::Staging, false);
        if n % 5 == 0 {
            edge(&clean, &train, Kind::RunStarted, Env::Staging, false);
        }
        edge(&train, &model, Kind::RunCompleted, Env::Staging, false);
        edge("dataset/holdout/2025@4", &model, Kind::ModelEvaluated, Env::Staging, false);
        if n % 3 == 0 {
            let deployment = format!("deployment/credit-api-{:02}", n / 3);
            edge(&model, &deployment, Kind::ModelDeployed, Env::Prod, false);
            if n % 6 == 0 {
                edge(&deployment, &format!("alert/drift-{n:02}"), Kind::AlertRaised, Env::Prod, false);
            }
        }
    }
    let mut nodes: BTreeMap<Subject, Node> = BTreeMap::new();
    for subject in edges.iter().flat_map(|edge| [&edge.from, &edge.to]) {
        let (distance, external) = (i64::from(subject.as_str() != "model/credit-risk-00@1"), false);
        nodes.insert(subject.clone(), Node { subject: subject.clone(), distance, records: Some(2), external });
    }
    Graph { nodes: nodes.into_values().collect(), edges, withheld: vec![], cut: None }
}

#[test]
fn two_hundred_subjects_are_drawn() {
    let graph = company(30);
    assert!((190..=210).contains(&graph.nodes.len()), "{}", graph.nodes.len());
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("pictures");
    std::fs::create_dir_all(&folder).unwrap();
    let scene = (&graph).into();
    for (name, text) in
        [("svg", draw::svg(&scene).unwrap()), ("dot", draw::dot(&scene)), ("mmd", draw::mermaid(&scene))]
    {
        std::fs::write(folder.join(format!("company.{name}")), text).unwrap();
    }
}
