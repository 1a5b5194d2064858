package dev.zdd.examples;

import dev.zdd.examples.demo.Compare;
import dev.zdd.examples.demo.Demo;
import dev.zdd.examples.shop.Serve;
import java.time.Duration;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** What {@code java -jar zdd-examples.jar} runs. */
@Command(
    name = "zdd-examples",
    description = "A shop that is replaced under load and loses no request.",
    mixinStandardHelpOptions = true,
    subcommands = {Serve.class, Demo.class, Compare.class})
public final class Main {
  /** The program failed for a reason that it has told in one line. */
  public static final int FAILED = 1;

  private Main() {}

  /** Runs the command and exits with its code; {@code serve} ends by its shutdown alone. */
  public static void main(String[] args) {
    int code =
        new CommandLine(new Main())
            .registerConverter(Duration.class, Durations::parse)
            .setCaseInsensitiveEnumValuesAllowed(true)
            .setExecutionExceptionHandler(Main::explain)
            .execute(args);
    System.exit(code);
  }

  private static int explain(Exception e, CommandLine command, CommandLine.ParseResult parsed) {
    command.getErr().println(command.getCommandName() + ": " + oneLine(e));
    // A refusal says in its message what to change. Anything else is our mistake: then the stack
    // is what helps.
    if (!(e instanceof Refusal)) {
      e.printStackTrace(command.getErr());
    }
    return FAILED;
  }

  private static String oneLine(Exception e) {
    String message = e.getMessage();
    return message == null ? e.getClass().getSimpleName() : message;
  }
}
