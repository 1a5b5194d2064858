/** From SIGTERM to exit: announce, drain, close in order, report. */
module dev.zdd.shutdown {
  requires transitive dev.zdd.core;
  requires com.fasterxml.jackson.core;
  requires org.slf4j;
  requires static transitive micrometer.core;
  // For sun.misc.Signal, which is looked up by name: an image without it falls back to a JVM hook.
  requires static jdk.unsupported;
  requires static transitive org.jspecify;

  // Each is needed by one class only, which nothing else loads: HikariClose, LettuceClose.
  requires static com.zaxxer.hikari;
  requires static java.sql;
  requires static lettuce.core;

  exports dev.zdd.shutdown;
}
