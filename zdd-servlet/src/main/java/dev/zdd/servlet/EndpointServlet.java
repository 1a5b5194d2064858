package dev.zdd.servlet;

import static java.util.Objects.requireNonNull;

import dev.zdd.core.http.Endpoint;
import dev.zdd.core.http.EndpointResponse;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;

/**
 * Shows a zdd {@link Endpoint} in a servlet container. Map it to the paths that the endpoint
 * answers, each with what is below it: {@code /healthz/*}, {@code /ready/*}, {@code /startup/*}.
 *
 * <p>Thread-safe. It decides nothing: status, headers and body are the endpoint's. An {@link
 * InFlightFilter} leaves its requests alone, so that probes are answered to the end.
 */
public final class EndpointServlet extends HttpServlet {
  private static final long serialVersionUID = 1;

  private final transient Endpoint endpoint;

  private EndpointServlet(Endpoint endpoint) {
    this.endpoint = requireNonNull(endpoint, "endpoint");
  }

  /** A servlet that answers with {@code endpoint}. */
  public static EndpointServlet of(Endpoint endpoint) {
    return new EndpointServlet(endpoint);
  }

  // Not doGet: which methods are allowed is for the endpoint to say.
  @Override
  protected void service(HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    EndpointResponse answer = endpoint.handle(new ServletEndpointRequest(request));
    // The status before anything else: a body that fills the buffer commits what stands then.
    response.setStatus(answer.status());
    for (EndpointResponse.Header header : answer.headers()) {
      response.setHeader(header.name(), header.value());
    }
    response.setContentLength(answer.body().length);
    if (!request.getMethod().equals("HEAD")) {
      response.getOutputStream().write(answer.body());
    }
  }
}
