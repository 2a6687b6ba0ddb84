//! How an error crosses to JavaScript.

use wasm_bindgen::JsError;

/// An error with a stable code that the app translates, and an English sentence for whoever looks closer.
pub(crate) fn refusal(code: &str, detail: &dyn std::fmt::Display) -> JsError {
    JsError::new(&message(code, detail))
}

fn message(code: &str, detail: &dyn std::fmt::Display) -> String {
    serde_json::json!({ "code": code, "detail": detail.to_string() }).to_string()
}

#[cfg(test)]
mod tests {
    use super::message;

    #[test]
    fn an_error_crosses_as_json_with_its_code() {
        assert_eq!(
            message("damaged", &"the card is damaged"),
            r#"{"code":"damaged","detail":"the card is damaged"}"#
        );
    }
}
