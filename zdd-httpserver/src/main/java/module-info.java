/** zdd on the JDK's own HTTP server: endpoints, in-flight counting, draining. */
module dev.zdd.httpserver {
  requires transitive dev.zdd.core;
  requires transitive jdk.httpserver;
  requires org.slf4j;
  requires static transitive org.jspecify;

  exports dev.zdd.httpserver;
}
