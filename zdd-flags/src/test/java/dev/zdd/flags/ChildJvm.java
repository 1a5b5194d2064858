package dev.zdd.flags;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.lettuce.core.RedisClient;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A program of these tests in its own JVM. Whoever waits for it in vain is told what it has said
 * and what its threads do. One thread at a time.
 */
final class ChildJvm implements AutoCloseable {
  private static final Duration LONGEST = Duration.ofSeconds(60);
  private static final int DUMP_SECONDS = 20;

  private final Process process;
  private final Path errors;
  private final BlockingQueue<Optional<String>> lines = new LinkedBlockingQueue<>();
  private final List<String> said = new CopyOnWriteArrayList<>();

  private ChildJvm(Process process, Path errors) {
    this.process = process;
    this.errors = errors;
    // No timeout ends the reading of a pipe.
    Thread reader = new Thread(this::read, "child-reader");
    reader.setDaemon(true);
    reader.start();
  }

  /** Starts {@code program}, whose System.err goes into {@code errors}. */
  static ChildJvm start(Class<?> program, Path errors, String... args) throws Exception {
    Process process =
        new ProcessBuilder(command(program, args)).redirectError(errors.toFile()).start();
    return new ChildJvm(process, errors);
  }

  /** The next line of its System.out, or an error after a minute, or if there is none to come. */
  String line() throws Exception {
    Optional<String> line = next(LONGEST);
    return line.orElseThrow(() -> new AssertionError("it has ended: " + told()));
  }

  /** All lines that are left, or an error if there was none for a minute before its end. */
  List<String> lines() throws Exception {
    List<String> left = new ArrayList<>();
    for (var line = next(LONGEST); line.isPresent(); line = next(LONGEST)) {
      left.add(line.get());
    }
    return left;
  }

  /** Gives it an empty line to read. */
  void nudge() throws IOException {
    process.outputWriter().append('\n').flush();
  }

  /** What it has written to System.err. */
  String errors() throws IOException {
    return Files.readString(errors);
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }

  Optional<String> next(Duration longest) throws Exception {
    Optional<String> line = lines.poll(longest.toMillis(), TimeUnit.MILLISECONDS);
    if (line == null) {
      throw new AssertionError("no line within " + longest + ": " + told() + "\n" + threads());
    }
    return line;
  }

  private void read() {
    try (BufferedReader out = process.inputReader(UTF_8)) {
      for (String line = out.readLine(); line != null; line = out.readLine()) {
        said.add(line);
        lines.add(Optional.of(line));
      }
    } catch (IOException e) {
      said.add(e.toString()); // it was closed
    }
    lines.add(Optional.empty());
  }

  private String told() {
    int first = Math.max(0, said.size() - 20);
    String last = String.join("\n", said.subList(first, said.size()));
    try {
      return "of " + said.size() + " lines the last are\n" + last + "\nerrors:\n" + errors();
    } catch (IOException e) {
      return last + "\nerrors: " + e;
    }
  }

  private String threads() throws Exception {
    Path dump = Files.createTempFile(errors.toAbsolutePath().getParent(), "threads", ".txt");
    String jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();
    Process asked =
        new ProcessBuilder(jcmd, "" + process.pid(), "Thread.print")
            .redirectErrorStream(true)
            .redirectOutput(dump.toFile())
            .start();
    if (!asked.waitFor(DUMP_SECONDS, TimeUnit.SECONDS)) {
      asked.destroyForcibly();
    }
    return "threads:\n" + Files.readString(dump);
  }

  private static List<String> command(Class<?> program, String... args) throws Exception {
    List<String> command =
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx64m",
            "-XX:TieredStopAtLevel=1",
            "-cp",
            classPath(),
            program.getName());
    return Stream.concat(command.stream(), Stream.of(args)).toList();
  }

  private static String classPath() throws Exception {
    return Stream.of(
            ChildJvm.class,
            FlagAdmin.class,
            dev.zdd.core.Ticker.class,
            org.slf4j.Logger.class,
            com.fasterxml.jackson.core.JsonFactory.class,
            RedisClient.class,
            Class.forName("reactor.core.publisher.Mono"),
            Class.forName("org.reactivestreams.Publisher"),
            Class.forName("io.netty.buffer.ByteBuf"),
            Class.forName("io.netty.handler.codec.ByteToMessageDecoder"),
            Class.forName("io.netty.util.ReferenceCounted"),
            Class.forName("io.netty.handler.ssl.SslHandler"),
            Class.forName("io.netty.resolver.AddressResolver"),
            Class.forName("io.netty.resolver.dns.DnsCnameCache"),
            Class.forName("io.netty.handler.codec.dns.DnsRecord"),
            Class.forName("org.slf4j.simple.SimpleLogger"),
            Class.forName("io.netty.channel.Channel"),
            Class.forName("io.netty.channel.unix.Socket"))
        .map(type -> type.getProtectionDomain().getCodeSource().getLocation().getPath())
        .distinct()
        .collect(Collectors.joining(File.pathSeparator));
  }
}
