package dev.zdd.examples.demo;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** A real balancer, in a process of its own, with the configuration that a user would copy. */
final class ProcessBalancer implements Balancer {
  private final ChildProcess process;

  private ProcessBalancer(ChildProcess process) {
    this.process = process;
  }

  static ProcessBalancer nginx(int port, List<Integer> instances, Path directory) {
    Path program = Programs.require("nginx", "nginx");
    String servers =
        instances.stream()
            .map(p -> "    server 127.0.0.1:" + p + " max_fails=1 fail_timeout=1s;")
            .collect(Collectors.joining("\n"));
    Path config =
        write(
            directory.resolve("nginx.conf"),
            Template.fill(
                "nginx.conf",
                Map.of(
                    "DIRECTORY", directory.toString(),
                    "PORT", String.valueOf(port),
                    "SERVERS", servers)));
    return new ProcessBalancer(
        ChildProcess.start(
            "nginx",
            List.of(
                program.toString(),
                "-p",
                directory.toString(),
                "-c",
                config.toString(),
                "-e",
                "stderr"),
            directory.resolve("nginx.log")));
  }

  static ProcessBalancer haproxy(int port, List<Integer> instances, Path directory) {
    Path program = Programs.require("haproxy", "haproxy");
    String servers =
        IntStream.range(0, instances.size())
            .mapToObj(i -> "    server shop-" + (i + 1) + " 127.0.0.1:" + instances.get(i))
            .collect(Collectors.joining("\n"));
    Path config =
        write(
            directory.resolve("haproxy.cfg"),
            Template.fill("haproxy.cfg", Map.of("PORT", String.valueOf(port), "SERVERS", servers)));
    return new ProcessBalancer(
        ChildProcess.start(
            "haproxy",
            List.of(program.toString(), "-db", "-f", config.toString()),
            directory.resolve("haproxy.log")));
  }

  private static Path write(Path file, String text) {
    try {
      return Files.writeString(file, text);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + file, e);
    }
  }

  @Override
  public String evidence() {
    return process.evidence();
  }

  @Override
  public void close() {
    process.close();
  }
}
