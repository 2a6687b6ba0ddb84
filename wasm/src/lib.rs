//! omamori-wasm
