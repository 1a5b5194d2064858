package dev.zdd.examples.demo;

import java.nio.file.Path;
import java.util.List;

/** The packets between load, balancer and shops: the last gigabyte, the first bytes of each. */
final class Capture {
  private static final String BYTES_OF_EACH = "256";
  private static final String MEGABYTES_A_FILE = "100";
  private static final String FILES = "10";

  private Capture() {}

  static AutoCloseable into(Path directory) {
    Path program = Programs.require("tcpdump", "tcpdump");
    return ChildProcess.start(
        "tcpdump",
        List.of(
            program.toString(),
            "-i",
            "lo",
            "-n",
            "-U",
            "-Z",
            System.getProperty("user.name"),
            "-s",
            BYTES_OF_EACH,
            "-C",
            MEGABYTES_A_FILE,
            "-W",
            FILES,
            "-w",
            directory.resolve("demo.pcap").toString(),
            "tcp portrange " + Ports.LOWEST + "-" + Ports.HIGHEST),
        directory.resolve("tcpdump.log"));
  }
}
