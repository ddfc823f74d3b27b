//! Arguments in, exit code out.

fn main() -> std::process::ExitCode {
    std::process::ExitCode::from(jobctl::cli::run(&std::env::args_os().collect::<Vec<_>>()).code())
}
