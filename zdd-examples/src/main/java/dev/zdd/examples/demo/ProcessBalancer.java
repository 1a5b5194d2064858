package dev.zdd.examples.demo;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** A real balancer, in a process of its own, with the configuration that a user would copy. */
final class ProcessBalancer implements Balancer {
  // Inserted into nginx.conf and haproxy.cfg; each line as it stands there.
  private static final String NGINX_KEEP =
      """
      # Connections to the instances are kept and used again (up to this many idle ones in each
      # worker).
      keepalive 32;\
      """;
  private static final String NGINX_CLOSE =
      "    # No \"keepalive\": a connection for each request.";
  private static final String HAPROXY_KEEP =
      """
      # Connections to the instances are shared between clients, but a client's first request,
      # which nobody could repeat if a kept connection broke under it, gets one of its own.
      http-reuse safe\
      """;
  private static final String HAPROXY_CLOSE =
      """
      # A connection for each request, towards the clients and towards the instances.
      option httpclose
      http-reuse never\
      """;
  // Checks in HTTP/2 would say ":scheme: https" whatever the connection is, which Tomcat refuses.
  private static final String HAPROXY_H2 = " proto h2 check-proto h1";
  private static final String HAPROXY_WEBSOCKET_RULE =
      """

      # The instances are spoken to in HTTP/2; a WebSocket begins with HTTP/1.1.
      use_backend websockets if { hdr(Upgrade) -i websocket }\
      """;
  private static final String HAPROXY_WEBSOCKET_BACKEND =
      """

      backend websockets
          balance roundrobin
      """;

  private final ChildProcess process;
  private final URI address;

  private ProcessBalancer(ChildProcess process, int port) {
    this.process = process;
    this.address = URI.create("http://127.0.0.1:" + port);
  }

  static ProcessBalancer nginx(
      int port, List<Integer> instances, Protocol protocol, Path directory) {
    Path program = Programs.require("nginx", "nginx");
    Path config =
        write(directory.resolve("nginx.conf"), nginxConfig(port, instances, protocol, directory));
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
            directory.resolve("nginx.log")),
        port);
  }

  static String nginxConfig(int port, List<Integer> instances, Protocol protocol, Path directory) {
    boolean keep = protocol == Protocol.H1;
    String servers =
        instances.stream()
            .map(p -> "    server 127.0.0.1:" + p + " max_fails=1 fail_timeout=1s;")
            .collect(Collectors.joining("\n"));
    return Template.fill(
        "nginx.conf",
        Map.of(
            "DIRECTORY",
            directory.toString(),
            "PORT",
            String.valueOf(port),
            "SERVERS",
            servers,
            "KEEPALIVE",
            keep ? NGINX_KEEP.indent(4).stripTrailing() : NGINX_CLOSE,
            "CONNECTION",
            keep ? "''" : "close"));
  }

  static ProcessBalancer haproxy(
      int port, List<Integer> instances, Protocol protocol, Path directory) {
    Path program = Programs.require("haproxy", "haproxy");
    Path config = write(directory.resolve("haproxy.cfg"), haproxyConfig(port, instances, protocol));
    return new ProcessBalancer(
        ChildProcess.start(
            "haproxy",
            List.of(program.toString(), "-db", "-f", config.toString()),
            directory.resolve("haproxy.log")),
        port);
  }

  /** HAProxy as the data path of a Kubernetes Service: no endpoint is in until it is put in. */
  static ProcessBalancer kubeProxy(int port, List<Integer> pods, Path directory) {
    Path program = Programs.require("haproxy", "haproxy");
    String servers =
        pods.stream()
            .map(pod -> "    server pod-" + pod + " 127.0.0.1:" + pod + " disabled")
            .collect(Collectors.joining("\n"));
    Path config =
        write(
            directory.resolve("kube-proxy.cfg"),
            Template.fill(
                "kube-proxy.cfg",
                Map.of(
                    "DIRECTORY", directory.toString(),
                    "PORT", String.valueOf(port),
                    "SERVERS", servers)));
    return new ProcessBalancer(
        ChildProcess.start(
            "kube-proxy",
            List.of(program.toString(), "-db", "-f", config.toString()),
            directory.resolve("kube-proxy.log")),
        port);
  }

  static String haproxyConfig(int port, List<Integer> instances, Protocol protocol) {
    boolean h2 = protocol == Protocol.H2;
    return Template.fill(
        "haproxy.cfg",
        Map.of(
            "PORT",
            String.valueOf(port),
            "CONNECTIONS",
            (protocol == Protocol.H1_CLOSE ? HAPROXY_CLOSE : HAPROXY_KEEP)
                .indent(4)
                .stripTrailing(),
            "WEBSOCKET_RULE",
            h2 ? HAPROXY_WEBSOCKET_RULE.indent(4).stripTrailing() : "",
            "SERVERS",
            servers(instances, n -> h2 ? HAPROXY_H2 : ""),
            "WEBSOCKET_BACKEND",
            h2
                ? HAPROXY_WEBSOCKET_BACKEND + servers(instances, n -> " track instances/shop-" + n)
                : ""));
  }

  private static String servers(List<Integer> ports, IntFunction<String> options) {
    return IntStream.rangeClosed(1, ports.size())
        .mapToObj(n -> "    server shop-" + n + " 127.0.0.1:" + ports.get(n - 1) + options.apply(n))
        .collect(Collectors.joining("\n"));
  }

  private static Path write(Path file, String text) {
    try {
      return Files.writeString(file, text);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + file, e);
    }
  }

  @Override
  public URI route() {
    return address;
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
