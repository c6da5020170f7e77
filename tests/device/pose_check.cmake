# Whole pose pipelines on a GPU: their check, and sinew as a worker of the comparison with PyTorch.
add_library(sinew_pose_setup STATIC pose_setup.cc)
target_link_libraries(sinew_pose_setup PUBLIC sinew_options sinew_cuda sinew_pose PRIVATE sinew_device_network)
target_include_directories(sinew_pose_setup PUBLIC ${PROJECT_SOURCE_DIR}/tests)

add_executable(sinew-pose-check pose_check.cc)
target_link_libraries(sinew-pose-check PRIVATE
  sinew_pose_setup sinew_cuda_testing sinew_compiler sinew_evaluate sinew_export sinew_synth CLI11::CLI11 nlohmann_json::nlohmann_json)

add_executable(sinew-cuda-worker cuda_worker.cc)
target_link_libraries(sinew-cuda-worker PRIVATE sinew_pose_setup sinew_cuda_testing nlohmann_json::nlohmann_json)
