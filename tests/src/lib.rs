//! omamori-tests
