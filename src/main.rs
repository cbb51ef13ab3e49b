//! The program; everything is in the library.

fn main() -> std::process::ExitCode {
    rbm_landscape::cli::main()
}
