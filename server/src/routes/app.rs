//! Everything else: the web app.

use super::Shared;
use crate::{
    app::{Asset, Caching, Encoding},
    problem::{Kind, Problem},
};
use actix_web::{
    HttpRequest, HttpResponse,
    http::{Method, header},
};

/// What the app's pages may do: only what comes from this origin, no inline code, no eval but WebAssembly's.
pub(crate) const PAGE_POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
    img-src 'self'; connect-src 'self'; worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; \
    frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types app svelte-trusted-html";

/// `GET` and `HEAD` of a file of the app.
pub(super) async fn serve(request: HttpRequest, relay: Shared) -> Result<HttpResponse, Problem> {
    let asset = relay.app.as_ref().and_then(|app| app.get(request.path()));
    let asset = asset.ok_or(Kind::NotFound)?;
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return Err(Kind::MethodNotAllowed.into());
    }
    let variant = asset.variant(value(&request, &header::ACCEPT_ENCODING));
    let variant = variant.ok_or(Kind::NotFound)?;
    let mut response = if is_known(value(&request, &header::IF_NONE_MATCH), &variant.etag) {
        HttpResponse::NotModified()
    } else {
        HttpResponse::Ok()
    };
    describe(&mut response, asset);
    response.insert_header((header::ETAG, variant.etag.as_str()));
    if variant.encoding != Encoding::Identity {
        response.insert_header((header::CONTENT_ENCODING, variant.encoding.name()));
    }
    Ok(response.body(variant.body.clone()))
}

fn describe(response: &mut actix_web::HttpResponseBuilder, asset: &Asset) {
    let caching = match asset.caching {
        Caching::Forever => "public, max-age=31536000, immutable",
        Caching::Ask => "no-cache",
    };
    response
        .insert_header((header::CACHE_CONTROL, caching))
        .insert_header((header::VARY, "Accept-Encoding"))
        .insert_header((header::CONTENT_SECURITY_POLICY, PAGE_POLICY))
        .content_type(asset.media_type);
    if asset.is_service_worker {
        response.insert_header(("Service-Worker-Allowed", "/"));
    }
}

fn value<'a>(request: &'a HttpRequest, name: &header::HeaderName) -> &'a str {
    request
        .headers()
        .get(name)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
}

fn is_known(copies: &str, etag: &str) -> bool {
    copies
        .split(',')
        .any(|copy| copy.trim().trim_start_matches("W/") == etag || copy.trim() == "*")
}
