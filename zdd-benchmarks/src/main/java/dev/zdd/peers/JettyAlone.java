package dev.zdd.peers;

import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.eclipse.jetty.ee11.servlet.ServletContextHandler;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.handler.GracefulHandler;

/**
 * Jetty's own graceful shutdown: a {@code GracefulHandler} around everything, a stop timeout, and
 * its own hook. From SIGTERM on the handler answers 503, to the readiness probe as to all else.
 */
public final class JettyAlone {
  private JettyAlone() {}

  /** Arguments: port, version, the stop timeout. */
  public static void main(String[] args) throws Exception {
    Server server = new Server();
    ServerConnector connector = new ServerConnector(server);
    connector.setHost("127.0.0.1");
    connector.setPort(Integer.parseInt(args[0]));
    server.addConnector(connector);
    ServletContextHandler context = new ServletContextHandler("/");
    context.addServlet(new WorkServlet(args[0], args[1]), "/");
    context.addServlet(new Ready(), "/ready");
    server.setHandler(new GracefulHandler(context));
    server.setStopTimeout(Work.millis(args[2]).toMillis());
    server.setStopAtShutdown(true);
    server.start();
  }

  private static final class Ready extends HttpServlet {
    private static final long serialVersionUID = 1L;

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response) {
      response.setStatus(HttpServletResponse.SC_OK);
    }
  }
}
