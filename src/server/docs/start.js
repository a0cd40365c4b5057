window.ui = SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  validatorUrl: "none",
  tryItOutEnabled: true,
  presets: [SwaggerUIBundle.presets.apis],
});
