//! omamori-relay
