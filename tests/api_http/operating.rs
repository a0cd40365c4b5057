//! Health, metrics, and the page that describes it all.

use crate::world::{READ_ONLY, TOKEN, World, author, bearer, dataset, sign};

#[test]
fn a_server_that_lives_says_so_to_everybody() {
    let world = World::new();
    assert_eq!(world.client.get("/healthz", &[]).is(200).body, b"alive\n");
    assert_eq!(world.client.get("/readyz", &[]).is(200).body, b"ready\n");
}

#[test]
fn metrics_count_what_happened() {
    let world = World::new();
    world.client.get("/metrics", &[]).has_problem(401, "unauthorized");
    world.client.get("/metrics", &[bearer(READ_ONLY)]).has_problem(403, "scope");
    world.record(dataset("one"));
    let again = sign(&author("user:engineer"), dataset("two"));
    for _ in 0..2 {
        world.client.post("/entries", &[("content-type", "application/cose")], &again).is(201);
    }
    world.client.post("/entries", &[("content-type", "application/cose")], b"x").is(400);
    let answer = world.client.get("/metrics", &[bearer(TOKEN)]).is(200);
    assert_eq!(answer.header("content-type"), "text/plain; version=0.0.4; charset=utf-8");
    let text = String::from_utf8(answer.body).unwrap();
    let value = |name: &str| -> f64 {
        let line = text.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_else(|| panic!("{name} in\n{text}"));
        line.trim().parse().unwrap()
    };
    assert_eq!(value("sagwan_http_requests_total{route=\"/entries\",status=\"201\"}"), 2.0);
    assert_eq!(value("sagwan_http_requests_total{route=\"/entries\",status=\"400\"}"), 1.0);
    assert_eq!(value("sagwan_http_requests_total{route=\"/metrics\",status=\"401\"}"), 1.0);
    assert_eq!(value("sagwan_http_statements_total{verdict=\"recorded\"}"), 2.0);
    assert_eq!(value("sagwan_http_statements_total{verdict=\"known\"}"), 1.0);
    assert_eq!(value("sagwan_http_statements_total{verdict=\"invalid\"}"), 1.0);
    assert_eq!(value("sagwan_submission_statements_count"), 4.0);
    assert_eq!(value("sagwan_healthy"), 1.0);
    assert!(value("sagwan_log_size") > 10.0);
    assert!(value("sagwan_commit_seconds_count") > 1.0);
    assert!(value("process_resident_memory_bytes") > 1e6);
    assert!(value("sagwan_commit_seconds_bucket{le=\"+Inf\"}") >= value("sagwan_commit_seconds_bucket{le=\"0.0005\"}"));
    let open = World::with(|config| config.open_metrics = true);
    open.client.get("/metrics", &[]).is(200);
}

#[test]
fn the_page_comes_whole_from_this_server() {
    let world = World::new();
    let redirect = world.client.get("/docs", &[]).is(308);
    assert_eq!(redirect.header("location"), "/docs/");
    let page = world.client.get("/docs/", &[]).is(200);
    let policy = page.header("content-security-policy");
    assert!(policy.contains("default-src 'none'") && policy.contains("script-src 'self';"), "{policy}");
    let html = String::from_utf8(page.body.clone()).unwrap();
    assert!(!html.contains("://"), "nothing is loaded from elsewhere");
    let parts: Vec<_> = html.split(['"']).filter(|text| text.ends_with(".js") || text.ends_with(".css")).collect();
    assert_eq!(parts.len(), 3, "{parts:?}");
    for part in parts {
        let answer = world.client.get(&format!("/docs/{part}"), &[]).is(200);
        let kind = if part.ends_with(".css") { "text/css" } else { "text/javascript" };
        assert!(answer.header("content-type").starts_with(kind), "{part}");
        assert!(answer.header("content-encoding").is_empty() && answer.body.len() > 100, "{part}");
    }
    let start = world.client.get("/docs/start.js", &[]).is(200).body;
    assert!(!String::from_utf8(start).unwrap().contains("://"));
    for none in ["index.html", "..%2Fopenapi.json", "swagger-ui.js.map", "x"] {
        world.client.get(&format!("/docs/{none}"), &[]).is(404);
    }
}
