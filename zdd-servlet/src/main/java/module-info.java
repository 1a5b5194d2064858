/**
 * zdd in a servlet container: endpoints, in-flight counting, draining of Jetty, Tomcat, Undertow.
 */
module dev.zdd.servlet {
  requires transitive dev.zdd.core;
  requires org.slf4j;
  requires static transitive jakarta.servlet;
  requires static org.eclipse.jetty.http2.server;
  requires static org.eclipse.jetty.server;
  requires static org.eclipse.jetty.websocket.core.common;
  requires static transitive org.jspecify;

  exports dev.zdd.servlet;
}
