//! `omamori-relay`: see [`omamori_relay`].

fn main() -> std::process::ExitCode {
    omamori_relay::cli::main()
}
