package dev.zdd.readiness;

import dev.zdd.core.http.Endpoint;
import dev.zdd.core.http.EndpointResponse;
import dev.zdd.servlet.EndpointServlet;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.eclipse.jetty.ee11.servlet.ServletContextHandler;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;

/** Two servlets on Jetty: zdd's, and one that writes the same by itself. */
final class OnJetty {
  private OnJetty() {}

  static void start(int port, Endpoint endpoint) throws Exception {
    Server server = new Server();
    ServerConnector connector = new ServerConnector(server);
    connector.setHost("127.0.0.1");
    connector.setPort(port);
    server.addConnector(connector);
    ServletContextHandler context = new ServletContextHandler("/");
    context.addServlet(EndpointServlet.of(endpoint), "/ready/*");
    context.addServlet(new Static(), "/static/*");
    server.setHandler(context);
    server.start();
  }

  private static final class Static extends HttpServlet {
    private static final long serialVersionUID = 1;

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response)
        throws IOException {
      response.setStatus(HttpServletResponse.SC_OK);
      for (EndpointResponse.Header header : ReadinessServer.HEADERS) {
        response.setHeader(header.name(), header.value());
      }
      response.setContentLength(ReadinessServer.ANSWER.length);
      response.getOutputStream().write(ReadinessServer.ANSWER);
    }
  }
}
