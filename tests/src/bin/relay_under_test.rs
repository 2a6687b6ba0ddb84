//! The relay's binary, built where tests can find it: they kill it.

fn main() -> std::process::ExitCode {
    omamori_relay::cli::main()
}
