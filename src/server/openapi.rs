//! The description of the API, put together from the handlers themselves, so that it cannot say what they do not do.

use std::sync::Arc;

use axum::{Router, body::Bytes, routing::get};
use utoipa::{
    Modify, OpenApi,
    openapi::{
        OpenApi as Document, Paths,
        security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    Problem,
    app::App,
    routes::{
        actors, blobs, c2sp, docs, events, export, grants, lineage, operate, plugins, policy, records, roles, scitt,
        statements, subjects,
    },
};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Sagwan",
        description = "An append-only signed ledger for machine learning. Errors are `application/problem+json` (RFC 9457), below `/entries` and `/.well-known` `application/concise-problem-details+cbor` (RFC 9290).",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
    ),
    tags(
        (name = "recording", description = "Statements signed by the client, or by the gateway for the bearer of a token"),
        (name = "reading", description = "Records, receipts, subjects, actors, grants, policy; with a token of scope `read` unless the server says otherwise"),
        (name = "lineage", description = "What came of what, as of any moment, with evidence that anybody checks offline (docs/lineage.md)"),
        (name = "SCITT", description = "SCITT Reference APIs (draft-ietf-scitt-scrapi-11)"),
        (name = "transparency log", description = "C2SP tlog-tiles: cacheable by anybody"),
        (name = "operating", description = "Health, metrics, this description"),
    ),
    components(schemas(Problem)),
    modifiers(&Bearer),
)]
struct Api;

struct Bearer;

impl Modify for Bearer {
    fn modify(&self, document: &mut Document) {
        let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("bearer", SecurityScheme::Http(scheme));
    }
}

/// The document, ready to be sent.
pub(super) struct Description {
    /// OpenAPI 3.1 as JSON.
    pub json: Bytes,
}

/// Every route, and what is said about them.
///
/// # Errors
/// When the document cannot be written, which a test would have found.
pub(super) fn routes(app: Arc<App>) -> Result<Router, serde_json::Error> {
    let (router, document) = api().split_for_parts();
    let description = Arc::new(Description { json: describe(document)?.into() });
    let pages = Router::new()
        .route("/openapi.json", get(docs::openapi))
        .with_state(description)
        .route("/docs", get(docs::redirect))
        .route("/docs/", get(docs::page))
        .route("/docs/{name}", get(docs::part));
    Ok(router.with_state(app).merge(pages))
}

/// The OpenAPI 3.1 document of this version, as pretty JSON.
///
/// # Errors
/// When the document cannot be written, which a test would have found.
pub fn document() -> Result<Vec<u8>, serde_json::Error> {
    describe(api().split_for_parts().1)
}

fn api() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::with_openapi(Api::openapi())
        .routes(routes!(scitt::register))
        .routes(routes!(scitt::resolve))
        .routes(routes!(scitt::keys))
        .routes(routes!(scitt::key))
        .routes(routes!(c2sp::checkpoint))
        .routes(routes!(c2sp::witnessed))
        .routes(routes!(c2sp::consistency))
        .routes(routes!(c2sp::tile))
        .routes(routes!(statements::record))
        .routes(routes!(events::record))
        .routes(routes!(blobs::put))
        .routes(routes!(records::list))
        .routes(routes!(records::one))
        .routes(routes!(records::receipt))
        .routes(routes!(subjects::one))
        .routes(routes!(subjects::events))
        .routes(routes!(actors::list))
        .routes(routes!(actors::one))
        .routes(routes!(grants::list))
        .routes(routes!(roles::list))
        .routes(routes!(plugins::list))
        .routes(routes!(policy::in_force))
        .routes(routes!(lineage::lineage))
        .routes(routes!(lineage::timeline))
        .routes(routes!(lineage::history))
        .routes(routes!(lineage::inventory))
        .routes(routes!(lineage::reproduce))
        .routes(routes!(lineage::sample))
        .routes(routes!(export::export))
        .routes(routes!(operate::status))
        .routes(routes!(operate::health))
        .routes(routes!(operate::ready))
        .routes(routes!(operate::metrics))
}

/// OpenAPI has no word for a parameter that spans slashes: `{*name}` becomes `{name}`.
fn describe(mut document: Document) -> Result<Vec<u8>, serde_json::Error> {
    document.merge(Docs::openapi());
    let Paths { paths, .. } = std::mem::take(&mut document.paths);
    document.paths.paths = paths.into_iter().map(|(path, item)| (path.replace("{*", "{"), item)).collect();
    serde_json::to_vec_pretty(&document)
}

#[derive(OpenApi)]
#[openapi(paths(docs::openapi))]
struct Docs;
