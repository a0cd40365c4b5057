//! The description of the API: of the right form, the same as last time, and true.

use std::{collections::BTreeSet, path::Path};

use serde_json::Value;

use crate::world::{OFFICER, World, bearer};

const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/openapi.json");
const METHODS: [&str; 2] = ["get", "post"];

fn document() -> Value {
    serde_json::from_slice(&sagwan::server::document().unwrap()).unwrap()
}

/// The document is what it was; `SAGWAN_WRITE_VECTORS=1` writes it anew.
#[test]
fn it_is_the_one_that_was_reviewed() {
    let mut now = sagwan::server::document().unwrap();
    now.push(b'\n');
    if std::env::var_os("SAGWAN_WRITE_VECTORS").is_some() {
        std::fs::write(Path::new(GOLDEN), &now).unwrap();
    }
    let then = std::fs::read(GOLDEN).unwrap();
    assert_eq!(
        String::from_utf8(now).unwrap(),
        String::from_utf8(then).unwrap(),
        "run with SAGWAN_WRITE_VECTORS=1 and review"
    );
}

fn operations(document: &Value) -> Vec<(&String, &String, &Value)> {
    let paths = document["paths"].as_object().unwrap();
    paths
        .iter()
        .flat_map(|(path, item)| item.as_object().unwrap().iter().map(move |(method, op)| (path, method, op)))
        .collect()
}

fn references(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) => {
            if let Some(Value::String(reference)) = map.get("$ref") {
                found.insert(reference.clone());
            }
            map.values().for_each(|value| references(value, found));
        }
        Value::Array(items) => items.iter().for_each(|value| references(value, found)),
        _ => {}
    }
}

/// What OpenAPI 3.1 asks of a document, as far as tools stumble over it.
#[test]
fn it_is_openapi_3_1() {
    let document = document();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1."));
    assert!(document["info"]["title"].is_string() && document["info"]["version"].is_string());
    let mut ids = BTreeSet::new();
    for (path, method, operation) in operations(&document) {
        let at = format!("{method} {path}");
        assert!(METHODS.contains(&method.as_str()), "{at}");
        assert!(path.starts_with('/') && !path.contains('*'), "{at}");
        assert!(ids.insert(operation["operationId"].as_str().unwrap()), "{at}: the operation's id stands twice");
        assert!(operation["summary"].is_string() && operation["tags"][0].is_string(), "{at}");
        let empty = Vec::new();
        let parameters = operation["parameters"].as_array().unwrap_or(&empty);
        let inside: BTreeSet<&str> = path.split('{').skip(1).filter_map(|part| part.split('}').next()).collect();
        let of_path = parameters.iter().filter(|parameter| parameter["in"] == "path");
        let declared: BTreeSet<&str> = of_path.map(|parameter| parameter["name"].as_str().unwrap()).collect();
        assert_eq!(inside, declared, "{at}");
        for parameter in parameters {
            assert!(["path", "query", "header"].contains(&parameter["in"].as_str().unwrap()), "{at}");
            assert!(parameter["in"] != "path" || parameter["required"] == true, "{at}: {parameter}");
            assert!(parameter["schema"].is_object(), "{at}: {parameter}");
        }
        let responses = operation["responses"].as_object().unwrap();
        assert!(responses.keys().any(|status| status.starts_with('2')), "{at}");
        for (status, response) in responses {
            let digits = status.strip_suffix("XX").unwrap_or(status);
            assert!(digits.bytes().all(|b| b.is_ascii_digit()) && status.len() == 3, "{at} {status}");
            assert!(response["description"].is_string(), "{at} {status}");
        }
        if let Some(schemes) = operation["security"].as_array() {
            for scheme in schemes.iter().flat_map(|scheme| scheme.as_object().unwrap().keys()) {
                assert!(document["components"]["securitySchemes"][scheme].is_object(), "{at}: {scheme}");
            }
        }
    }
    let mut found = BTreeSet::new();
    references(&document, &mut found);
    for reference in found {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{reference} leads nowhere");
    }
}

#[test]
fn every_route_that_it_names_answers() {
    let world = World::new();
    let served = world.client.get("/openapi.json", &[]).is(200);
    assert_eq!(served.header("content-type"), "application/json");
    let document = served.json();
    assert_eq!(document, self::document());
    let operations = operations(&document);
    assert_eq!(operations.len(), 34);
    for (path, method, _) in operations {
        let address = path
            .replace("{id}", "0")
            .replace("{index}", "0")
            .replace("{kid}", "AAAA")
            .replace("{actor}", "user:officer")
            .replace("{kind}", "actor")
            .replace("{name}", "user:officer")
            .replace("{format}", "prov")
            .replace("{path}", "0/000.p/1");
        let asked = match path.as_str() {
            "/api/v1/lineage" | "/api/v1/timeline" | "/api/v1/history" => "?subject=model/m@1",
            "/api/v1/reproduce" => "?subject=run/r",
            "/api/v1/export/{format}" => "?since=0",
            "/api/v1/consistency" => "?from=1",
            "/api/v1/sample" => "?kinds=denial&n=1&seed=1",
            _ => "",
        };
        let address = format!("{address}{asked}");
        let answer = match method.as_str() {
            "get" => world.client.get(&address, &[bearer(OFFICER)]),
            _ => world.client.post(&address, &[bearer(OFFICER), ("content-type", "application/cose")], b"x"),
        };
        let said = answer.to_string();
        assert!(answer.status != 405 && answer.status < 500, "{method} {address}: {said}");
        assert!(!said.contains("nothing at this address"), "{method} {address}: {said}");
        let expected = if method == "post" || address.contains("AAAA") { 400..=415 } else { 200..=200 };
        assert!(
            expected.contains(&answer.status) || address.contains("subjects") || address.contains("witnessed"),
            "{method} {address}: {said}"
        );
    }
}
