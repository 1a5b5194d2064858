package dev.zdd.flags;

import io.lettuce.core.RedisClient;
import java.io.File;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** How a program of these tests that follows or changes flags in Redis is run in its own JVM. */
final class ChildJvm {
  private ChildJvm() {}

  static List<String> command(Class<?> program, String... args) throws Exception {
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
