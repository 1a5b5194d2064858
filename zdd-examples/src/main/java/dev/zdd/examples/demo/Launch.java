package dev.zdd.examples.demo;

import java.util.List;

/**
 * How an instance is started: a command in whose words {@code {port}} and {@code {version}} are
 * filled in. It must answer {@code /ready} with 200 while it wants requests.
 */
record Launch(List<String> command) {
  Launch {
    command = List.copyOf(command);
  }

  /** The shop, with whatever {@code serve} already says. */
  static Launch ofShop(List<String> serve) {
    return new Launch(
        JavaCommand.concat(
            serve, List.of("--host", "127.0.0.1", "--port", "{port}", "--version", "{version}")));
  }

  List<String> on(int port, String version) {
    return command.stream()
        .map(word -> word.replace("{port}", String.valueOf(port)).replace("{version}", version))
        .toList();
  }
}
