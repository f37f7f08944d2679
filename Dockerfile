# Ryot's server. docker build -t ryot . && docker run -p 127.0.0.1:8080:8080 ryot
# A model of your own: docker run -v /models:/models:ro ... ryot --urls http://0.0.0.0:8080 --no-api-key --model /models/model.gguf
FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
# npm brings llama.cpp's prebuilt libraries.
RUN apt-get update && apt-get install -y --no-install-recommends npm && rm -rf /var/lib/apt/lists/*
WORKDIR /source
COPY . .
RUN dotnet publish src/Ryot.Server -c Release -o /app

FROM mcr.microsoft.com/dotnet/aspnet:10.0
WORKDIR /app
COPY --from=build /app .
USER $APP_UID
# The base image's port, about which the server would warn at every start: it listens where --urls says.
ENV ASPNETCORE_HTTP_PORTS=
EXPOSE 8080
ENTRYPOINT ["dotnet", "Ryot.Server.dll"]
# Outside of this container only what publishes the port decides who can connect.
CMD ["--urls", "http://0.0.0.0:8080", "--no-api-key"]
